import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { repositoryRoot } from './profile.ts';
import { describeStack } from './stack-description.ts';
import { describeFailure, StepFailure } from './step-failure.ts';

const usage = `npm run reindex [-- --check] [-- --repair]

Fills a new search index from the catalogue of the running stack, beside the one that answers, and puts it in its place.
A run that was cut short goes on where it was.
  --check    only compare the index with the catalogue; ends with an error when they differ
  --repair   compare, and put the index right
`;

/** Runs the reindexer beside the first concert service, by its sidecar and with its database account. */
async function reindex(mode: 'build' | 'check' | 'repair'): Promise<number> {
  const stack = describeStack('dev');
  const instance = stack.instances.find(({ service }) => service === 'concert');
  if (!instance) throw new StepFailure('the stack has no concert service', { fix: 'npm start' });
  const { host, port, owners } = stack.database;
  const { database, app } = owners.concert;
  const child = spawn(process.execPath, ['dist/reindex.js'], {
    cwd: `${repositoryRoot}services/concert`,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      REINDEX: mode,
      ...{ DB_HOST: host, DB_PORT: String(port), DB_NAME: database, DB_USER: app.user, DB_PASSWORD: app.password },
      ...{ DAPR_HTTP_PORT: String(instance.daprHttpPort), DAPR_API_TOKEN: stack.daprApiToken },
    },
  });
  process.stdout.write(`reindexing as process ${child.pid ?? ''}\n`);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

try {
  const { values } = parseArgs({
    options: { check: { type: 'boolean' }, repair: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) process.stdout.write(usage);
  else process.exitCode = await reindex(values.repair ? 'repair' : values.check ? 'check' : 'build');
} catch (error) {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exitCode = 1;
}
