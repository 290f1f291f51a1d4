import { execFile } from 'node:child_process';
import { z } from 'zod';
import { StepFailure } from '../local/step-failure.ts';

export interface ReadOptions {
  /** Given to the command on its standard input, which no process list and no log shows. */
  readonly stdin?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What most likely helps when it fails. */
  readonly fix?: string | undefined;
}

const longestOutputBytes = 16 * 1024 * 1024;
const failureSchema = z.object({ code: z.union([z.string(), z.number()]).nullish() });

/** What a command complained about, once: kubectl says the same of each object. */
function complaint(stderr: string): string {
  return [...new Set(stderr.trim().split('\n'))].join('\n');
}

/** Runs a command to its end and returns what it printed. @throws StepFailure with the command's own words */
export function readCommand(command: string, args: readonly string[], options: ReadOptions = {}): Promise<string> {
  options.signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { maxBuffer: longestOutputBytes, signal: options.signal }, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else if (options.signal?.aborted) reject(new Error(`${command} was stopped`, { cause: error }));
      else if (failureSchema.safeParse(error).data?.code === 'ENOENT') {
        reject(new StepFailure(`${command} is not installed`, { fix: options.fix }));
      } else reject(new StepFailure(`${command} failed: ${complaint(stderr) || error.message}`, { fix: options.fix }));
    });
    // A command that gives up early closes its end; what it says counts.
    child.stdin?.on('error', () => undefined).end(options.stdin);
  });
}
