import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { repositoryRoot } from './profile.ts';
import type { StackDescription } from './stack-description.ts';
import { StepFailure } from './step-failure.ts';

/** `build` a new index, `check` the present one, or `repair` it. */
export type ReindexMode = 'build' | 'check' | 'repair';

/** The reindexer at work. What it prints is on `stdout`; it exits with 1 when a check finds a difference. */
export type Reindexer = ChildProcessByStdio<null, Readable, null>;

/** Starts the reindexer beside the first concert service, by its sidecar and with its database account. */
export function startReindexer(stack: StackDescription, mode: ReindexMode): Reindexer {
  const instance = stack.instances.find(({ service }) => service === 'concert');
  if (!instance) throw new StepFailure('the stack has no concert service', { fix: 'npm start' });
  const { host, port, owners } = stack.database;
  const { database, app } = owners.concert;
  return spawn(process.execPath, ['dist/reindex.js'], {
    cwd: `${repositoryRoot}services/concert`,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      REINDEX: mode,
      ...{ DB_HOST: host, DB_PORT: String(port), DB_NAME: database, DB_USER: app.user, DB_PASSWORD: app.password },
      ...{ DAPR_HTTP_PORT: String(instance.daprHttpPort), DAPR_API_TOKEN: stack.daprApiToken },
    },
  });
}

/** Waits for the reindexer's end. @returns its exit code; undefined when a signal ended it */
export function endOf(reindexer: Reindexer): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    reindexer.once('error', reject);
    reindexer.once('close', (code) => resolve(code ?? undefined));
  });
}

/** Compares the search index of a running stack with its catalogue. @returns the exit code and what was printed */
export async function checkIndex(stack: StackDescription): Promise<{ code: number | undefined; said: string }> {
  const reindexer = startReindexer(stack, 'check');
  let said = '';
  reindexer.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  return { code: await endOf(reindexer), said };
}
