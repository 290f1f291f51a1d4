import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { relative } from 'node:path';
import { repositoryRoot } from '../profile.ts';

const contracts = 'services/contracts/src/gen';
const documents = 'docs';
const charts = 'charts';

function run(command: string, ...args: string[]): void {
  const { status } = spawnSync(command, args, { cwd: repositoryRoot, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status ?? 'a signal'}`);
}

/** Does what `npm run codegen` does, into another folder, so that looking changes nothing. */
function generateInto(folder: string): void {
  run('node_modules/.bin/buf', 'generate', '--output', folder);
  const options = ['--import', 'tsx', '--conditions=ticketing-source'];
  run(process.execPath, ...options, 'services/gateway/src/openapi/generate.ts', `${folder}/${documents}`);
  run(process.execPath, '--import', 'tsx', 'charts/readme/generate.ts', folder);
}

function filesIn(root: string, folder: string): string[] {
  const entries = readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' }).map((entry) => `${root}/${folder}/${entry}`);
  return entries.filter((entry) => statSync(entry).isFile()).map((file) => relative(root, file));
}

/** Generated files that differ, are missing or are left over. Folders beside that of the contracts also hold what people write. */
function findDrift(fresh: string): string[] {
  const made = [contracts, documents, charts].flatMap((folder) => filesIn(fresh, folder));
  const names = new Set([...made, ...filesIn(repositoryRoot, contracts)]);
  const read = (file: string): string | undefined => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);
  return [...names].filter((name) => read(`${fresh}/${name}`) !== read(`${repositoryRoot}/${name}`)).sort();
}

const folder = mkdtempSync(`${tmpdir()}/generated-`);
try {
  generateInto(folder);
  const drifted = findDrift(folder);
  if (drifted.length > 0) {
    process.stderr.write(
      `not what npm run codegen makes:\n${drifted.map((file) => `  ${file}\n`).join('')}run it and commit these files\n`,
    );
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
