import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Sidecar } from './dapr.ts';
import type { Logger } from './log.ts';

export interface OwnedJob {
  /** Runs the job now instead of at its next turn, when this instance owns it. */
  wake: () => void;
  /** Ends the current run, gives ownership up and resolves. */
  stop: () => Promise<void>;
}

export interface OwnedJobOptions {
  name: string;
  instance: string;
  intervalMs: number;
  sidecar: Sidecar;
  log: Logger;
  /** One turn. It must be correct even if another instance runs it at the same time. */
  work: () => Promise<void>;
}

// A killed owner blocks the job for this long at most; the lock has no renewal, so the owner takes it anew.
const ownershipSeconds = 4;

/** Runs work at an interval in one instance of a service at a time, elected by a Dapr lock. Failures are logged and tried again. */
export function startOwnedJob(options: OwnedJobOptions): OwnedJob {
  const { name, instance, intervalMs, sidecar, log, work } = options;
  const pause = createPause();
  let stopping = false;
  let failing = false;

  const ownOnce = async (): Promise<void> => {
    // The interval is an upper bound on how early the lock can be lost, so give up well before it expires.
    const until = performance.now() + ownershipSeconds * 750;
    if (!(await sidecar.tryLock(name, instance, ownershipSeconds))) {
      await pause.wait(Math.max(intervalMs, 500));
      return;
    }
    try {
      while (!stopping && performance.now() < until) {
        await work();
        failing = false;
        await pause.wait(intervalMs);
      }
    } finally {
      await sidecar.unlock(name, instance).catch(() => undefined);
    }
  };

  const loop = async (): Promise<void> => {
    while (!stopping) {
      try {
        await ownOnce();
      } catch (error) {
        // Said once per outage, so that a dead store does not flood the log.
        if (!failing) log.warn({ err: error, job: name }, 'job failed, will be tried again');
        failing = true;
        await pause.wait(500);
      }
    }
  };

  const running = context.with(ROOT_CONTEXT, loop);
  return {
    wake: pause.end,
    stop: async () => {
      stopping = true;
      pause.end();
      await running;
    },
  };
}

function createPause(): { wait: (ms: number) => Promise<void>; end: () => void } {
  let endCurrent: (() => void) | undefined;
  let wanted = false;
  return {
    wait: (ms) =>
      new Promise<void>((resolve) => {
        const finish = (): void => {
          clearTimeout(timer);
          endCurrent = undefined;
          wanted = false;
          resolve();
        };
        const timer = setTimeout(finish, ms);
        endCurrent = finish;
        if (wanted) finish();
      }),
    end: () => {
      wanted = true;
      endCurrent?.();
    },
  };
}
