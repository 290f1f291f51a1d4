import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { repositoryRoot } from '../local/profile.ts';

// The tests that keep hot paths from reading whole tables write down the plans that they saw; here on tables of a million rows, and with
// what becomes of each statement without its indexes. Arguments are services; without any it is all of them.
const folder = `${repositoryRoot}docs/queries`;
mkdirSync(folder, { recursive: true });
const services = process.argv.slice(2);
const files = services.length === 0 ? ['hot-queries.int'] : services.map((service) => `services/${service}/src/.*hot-queries.int`);
const child = spawn(process.execPath, ['deploy/local/bootstrap.mjs', 'deploy/local/testing/run-tests.ts', 'int', ...files], {
  cwd: repositoryRoot,
  stdio: 'inherit',
  env: { ...process.env, TICKETING_EXPLAIN: folder },
});
child.once('close', (code) => {
  process.exitCode = code ?? 1;
});
