import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { repositoryRoot } from '../profile.ts';

/** What git printed, or undefined when it failed. */
function git(...args: string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { cwd: repositoryRoot, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** Where the branch left main; on main itself, the commit before the last. Undefined where there is no history. */
function findBase(): string | undefined {
  const head = git('rev-parse', '--verify', '--quiet', 'HEAD');
  if (head === undefined) return undefined;
  const forks = ['origin/main', 'main'].map((main) => git('merge-base', main, head));
  const fork = forks.find((commit) => commit !== undefined && commit !== head);
  return fork ?? git('rev-parse', '--verify', '--quiet', 'HEAD~1') ?? head;
}

/** Compares with the contracts of that commit, taken from an archive: it works in shallow clones and linked work trees too. */
function compareWith(base: string): number {
  const folder = mkdtempSync(`${tmpdir()}/proto-base-`);
  try {
    const archive = `${folder}/base.tar`;
    if (git('archive', '--format=tar', `--output=${archive}`, base, '--', 'proto', 'buf.yaml') === undefined) {
      process.stdout.write(`no contracts in ${base.slice(0, 12)}: nothing to compare with\n`);
      return 0;
    }
    const { status } = spawnSync('node_modules/.bin/buf', ['breaking', '--against', archive], { cwd: repositoryRoot, stdio: 'inherit' });
    if (status !== 0) process.stderr.write(`the contracts in proto/ break those of ${base.slice(0, 12)}; add fields and methods instead\n`);
    return status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const base = findBase();
if (base === undefined) process.stdout.write('no git history: no earlier contracts to compare with\n');
else process.exitCode = compareWith(base);
