import { readdirSync, readFileSync } from 'node:fs';
import { repositoryRoot } from '../local/profile.ts';

const folder = `${repositoryRoot}deploy/runbooks`;
const preambleName = 'README';

/** Their names, without the one that all others count on. */
export const runbookNames = readdirSync(folder)
  .map((file) => file.replace(/\.md$/, ''))
  .filter((name) => name !== preambleName)
  .sort();

/** What a runbook has for a shell, block by block. */
export function shellBlocks(name: string): string[] {
  return [...readText(name).matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

/** The block that has this text. @throws Error when not exactly one has */
export function shellBlock(name: string, text: string): string {
  const [block, ...others] = shellBlocks(name).filter((candidate) => candidate.includes(text));
  if (block === undefined || others.length > 0) throw new Error(`${name} has not exactly one block with ${text}`);
  return block;
}

/** What is to be pasted first, for all runbooks. */
export function preamble(): string {
  return shellBlock(preambleName, 'k()');
}

/** What speaks to the API of operators. */
export function operatorPreamble(): string {
  return shellBlock(preambleName, 'admin()');
}

/** Commands within sentences and tables. */
export function inlineCommands(name: string): string[] {
  const prose = readText(name).replaceAll(/^```.*?^```$/gms, '');
  return [...prose.matchAll(/`((?:k|kubectl|look|each|sql|admin|restart|keys) [^`]+)`/g)].map(([, command = '']) => command);
}

function readText(name: string): string {
  return readFileSync(`${folder}/${name}.md`, 'utf8');
}
