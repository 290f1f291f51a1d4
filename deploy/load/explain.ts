import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { repositoryRoot } from '../local/profile.ts';

// The tests that keep hot paths from reading whole tables write down the plans that they saw; those of seats on a million rows.
const folder = `${repositoryRoot}docs/queries`;
mkdirSync(folder, { recursive: true });
const child = spawn(process.execPath, ['deploy/local/bootstrap.mjs', 'deploy/local/testing/run-tests.ts', 'int', 'hot-queries.int'], {
  cwd: repositoryRoot,
  stdio: 'inherit',
  env: { ...process.env, TICKETING_EXPLAIN: folder },
});
child.once('close', (code) => {
  process.exitCode = code ?? 1;
});
