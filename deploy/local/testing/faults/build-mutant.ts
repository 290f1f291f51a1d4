import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { localFolder, repositoryRoot } from '../../profile.ts';
import { serviceNames } from '../../services.ts';

/** A piece of built code, as the compiler writes it, and what stands in its place without the guard. */
export interface Change {
  /** Below services/, for example reservation/dist/reservations/place-hold.js. */
  file: string;
  text: string;
  replacement: string;
}

const folder = `${localFolder}/mutant`;
const packages = [...serviceNames, 'common', 'contracts'];

/**
 * Copies what is built and changes it. What runs anywhere else is never touched.
 * @returns the folder of a service in the copy
 * @throws Error when a text is not there exactly once: the table must follow the code
 */
export function buildMutant(changes: readonly Change[]): (service: string) => string {
  rmSync(folder, { recursive: true, force: true });
  for (const name of packages) {
    const [source, target] = [`${repositoryRoot}services/${name}`, `${folder}/services/${name}`];
    mkdirSync(target, { recursive: true });
    cpSync(`${source}/dist`, `${target}/dist`, { recursive: true });
    cpSync(`${source}/package.json`, `${target}/package.json`);
    if (existsSync(`${source}/node_modules`)) symlinkSync(`${source}/node_modules`, `${target}/node_modules`);
  }
  // Shared packages are found here, before those of the repository.
  mkdirSync(`${folder}/node_modules/@ticketing`, { recursive: true });
  for (const name of ['common', 'contracts']) symlinkSync(`${folder}/services/${name}`, `${folder}/node_modules/@ticketing/${name}`);
  for (const change of changes) {
    const path = `${folder}/services/${change.file}`;
    writeFileSync(path, replaceOnce(readFileSync(path, 'utf8'), change));
  }
  return (service) => `${folder}/services/${service}`;
}

/** @throws Error when the text is not there exactly once */
export function replaceOnce(source: string, { file, text, replacement }: Change): string {
  const parts = source.split(text);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times what a mutation takes out: ${text}`);
  return parts.join(replacement);
}
