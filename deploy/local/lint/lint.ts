import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { repositoryRoot } from '../profile.ts';

const prefix = 'lint:';
const manifest = z.object({ scripts: z.record(z.string(), z.string()) });

/** Runs one of package.json's lint scripts; what it finds goes to the terminal. */
function runLinter(name: string): boolean {
  const started = performance.now();
  const { status } = spawnSync('npm', ['run', '--silent', prefix + name], { cwd: repositoryRoot, stdio: 'inherit' });
  const elapsed = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? '✓' : '✗'} ${name} (${elapsed} s)\n`);
  return status === 0;
}

const { scripts } = manifest.parse(JSON.parse(readFileSync(`${repositoryRoot}package.json`, 'utf8')));
const linters = Object.keys(scripts).flatMap((script) => (script.startsWith(prefix) ? [script.slice(prefix.length)] : []));
const failed = linters.filter((name) => !runLinter(name));
if (failed.length > 0) {
  process.stderr.write(`failed: ${failed.map((name) => `npm run ${prefix}${name}`).join(', ')}\n`);
  process.exitCode = 1;
}
