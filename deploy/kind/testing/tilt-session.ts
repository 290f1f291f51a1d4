import { pollUntil } from '@ticketing/common/poll-until';
import { z } from 'zod';
import { repositoryRoot } from '../../local/profile.ts';
import { runCommand } from '../../local/run-command.ts';
import { logFile, type ToolContext } from '../../local/stack-context.ts';
import { StepFailure } from '../../local/step-failure.ts';
import { readCommand } from '../read-command.ts';

const patienceMs = 900_000;
/** The other states are those of something that is at work, or that has failed and may be tried again. */
const settled = ['ok', 'none', 'not_applicable'];

const resourceSchema = z.object({
  metadata: z.object({ name: z.string() }),
  status: z.object({ updateStatus: z.string().default(''), runtimeStatus: z.string().default('') }),
});
type Resource = z.infer<typeof resourceSchema>;

function tiltLog(context: ToolContext, verb: string): string {
  return logFile(context, `tilt-${verb}`);
}

export function runTilt(context: ToolContext, verb: 'ci' | 'up' | 'down', ...options: string[]): Promise<void> {
  return runCommand('tilt', [verb, ...options], { cwd: repositoryRoot, log: tiltLog(context, verb), signal: context.signal });
}

/** Runs `tilt up` while the work lasts, whose signal says that Tilt has ended. */
export async function withTilt<T>(context: ToolContext, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const end = new AbortController();
  const signal = AbortSignal.any([context.signal, end.signal]);
  const session = runTilt({ ...context, signal }, 'up', '--stream').then(() => {
    throw new StepFailure('tilt up has ended by itself', { log: tiltLog(context, 'up') });
  });
  const working = work(signal);
  try {
    return await Promise.race([working, session]);
  } finally {
    end.abort();
    await Promise.allSettled([working, session]);
  }
}

async function resources(signal: AbortSignal): Promise<Resource[]> {
  const printed = await readCommand('tilt', ['get', 'uiresources', '--output', 'json'], { signal });
  return z.object({ items: z.array(resourceSchema) }).parse(JSON.parse(printed)).items;
}

/** Waits until everything that starts by itself is up; the service is named because nothing is there before the Tiltfile has been read. */
export async function waitForAll(signal: AbortSignal, service: string): Promise<void> {
  let unfinished: string[] = [];
  const look = async () => {
    signal.throwIfAborted();
    // Tilt does not answer at once.
    const found = await resources(signal).catch(() => []);
    unfinished = found.flatMap(({ metadata, status }) =>
      settled.includes(status.updateStatus) && settled.includes(status.runtimeStatus) ? [] : [metadata.name],
    );
    return unfinished.length === 0 && found.some(({ metadata }) => metadata.name === service) ? true : undefined;
  };
  if (!(await pollUntil(look, patienceMs))) throw new StepFailure(`in tilt up these are not ready: ${unfinished.join(', ')}`);
}

/** Presses a button for the first time, and waits for the end of what it does. */
export async function press(signal: AbortSignal, button: string): Promise<void> {
  await readCommand('tilt', ['trigger', button], { signal });
  const look = async () => {
    const state = (await resources(signal)).find(({ metadata }) => metadata.name === button)?.status.updateStatus;
    return state === 'ok' || state === 'error' ? state : undefined;
  };
  if ((await pollUntil(look, patienceMs)) !== 'ok') throw new StepFailure(`the button ${button} has failed`);
}
