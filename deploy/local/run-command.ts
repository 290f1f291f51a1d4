import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { StepFailure } from './step-failure.ts';

export interface CommandOptions {
  /** Gets everything the command prints. */
  readonly log: string;
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly fix?: string | undefined;
  /** Lowest priority, for builds that would otherwise starve what is already running. */
  readonly polite?: boolean | undefined;
}

/** Runs a command to its end, in a group of its own that is ended as a whole when the start is given up. */
export async function runCommand(command: string, args: readonly string[], options: CommandOptions): Promise<void> {
  options.signal?.throwIfAborted();
  mkdirSync(dirname(options.log), { recursive: true });
  const log = openSync(options.log, 'a', 0o600);
  const [program, programArgs] = options.polite ? ['nice', ['-n', '10', command, ...args]] : [command, args];
  const child = spawn(program, programArgs, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const abort = () => {
    try {
      if (child.pid) process.kill(-child.pid, 'SIGTERM');
    } catch {
      // It has ended by itself just now.
    }
  };
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    options.signal?.throwIfAborted();
    if (code !== 0) throw new StepFailure(`${command} ended with ${code ?? 'a signal'}`, { log: options.log, fix: options.fix });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new StepFailure(`${program} is not installed`, { fix: options.fix });
    }
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}
