import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Sidecar } from './dapr.ts';
import type { Logger } from './log.ts';
import { createCounter, createGauge, createHistogram } from './telemetry.ts';

// An alert takes the latest of all instances: those that do not own the job stay at their start.
const lastTurn = createGauge('ticketing_job_last_turn_timestamp_seconds', 'When this instance last ended a turn of a job, or began to try');
const lockFailures = createCounter('ticketing_job_lock_failures_total', 'Tries for the lock of a job that the lock store did not answer');
const turnSeconds = createHistogram(
  'ticketing_job_turn_seconds',
  'How long a turn of an owned job took, also one that failed',
  [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
);

export interface Job {
  /** Runs the job now instead of at its next turn, where this instance runs it. */
  wake: () => void;
  /** Tells the current turn to end, waits for its end, gives ownership up and resolves. */
  stop: () => Promise<void>;
}

export interface JobOptions {
  name: string;
  intervalMs: number;
  log: Logger;
  /** One turn. A failure is logged and tried again. The signal of a long turn is aborted when the job is to stop. */
  work: (signal: AbortSignal) => Promise<void>;
}

/** What a job asks its sidecar. */
export type LockStore = Pick<Sidecar, 'tryLock' | 'unlock'>;

export interface OwnedJobOptions extends JobOptions {
  instance: string;
  sidecar: LockStore;
  /** The shortest time between two turns, also when woken: what comes meanwhile is done together. */
  leastPauseMs?: number;
  /** The name of the lock, where it is not that of the job. */
  lock?: string;
  /** A killed owner blocks the job for this long at most. The lock can't be renewed, so the owner takes it again. */
  ownershipSeconds?: number;
  /** While the lock store does not answer, every instance runs the job, instead of none. */
  runsWithoutLock?: boolean;
  /** Work once more before the owner stops. */
  lastTurn?: boolean;
}

/** Runs work at an interval in this instance, beside those of other instances. */
export function startJob({ name, intervalMs, log, work }: JobOptions): Job {
  return loop(name, log, async ({ pause, worked, signal }) => {
    await work(signal);
    worked();
    await pause(intervalMs);
  });
}

/**
 * Runs work at an interval in one instance of a service at a time, elected by a Dapr lock.
 * The lock saves double work only: turns must be correct even if another instance runs one at the same time.
 */
export function startOwnedJob(options: OwnedJobOptions): Job {
  const { name, instance, intervalMs, sidecar, log } = options;
  const { leastPauseMs = 0, ownershipSeconds = 3, runsWithoutLock = false, lastTurn: hasLastTurn = false } = options;
  const lockName = options.lock ?? name;
  const work = async (signal: AbortSignal): Promise<void> => {
    const begun = performance.now();
    try {
      await options.work(signal);
    } finally {
      turnSeconds.record((performance.now() - begun) / 1_000, { job_name: name });
    }
  };
  lockFailures.add(0, { job_name: name });
  return loop(name, log, async ({ pause, rest, signal, healthy, worked }) => {
    const asked = performance.now();
    const lock = await sidecar.tryLock(lockName, instance, ownershipSeconds).catch((error: unknown) => {
      lockFailures.add(1, { job_name: name });
      if (!runsWithoutLock) throw error;
      return 'out' as const;
    });
    // A lock counts from when it was asked for. Give up well before it expires, so that a slow turn rarely overlaps the next owner's.
    const until = (lock === true ? asked : performance.now()) + ownershipSeconds * 750;
    if (lock === false) {
      healthy();
      // An instance that is not the owner has nothing to do, woken or not.
      await rest(Math.max(intervalMs, 500));
      return;
    }
    try {
      while (!signal.aborted && performance.now() < until) {
        await work(signal);
        worked();
        if (leastPauseMs > 0) await rest(leastPauseMs);
        await pause(intervalMs - leastPauseMs);
      }
      if (hasLastTurn && signal.aborted) await work(signal);
    } finally {
      if (lock === true) await sidecar.unlock(lockName, instance).catch(() => undefined);
    }
  });
}

interface Turn {
  /** Waits for the next turn; `wake` ends it early. */
  pause: (ms: number) => Promise<void>;
  /** Waits; only `stop` ends it early. */
  rest: (ms: number) => Promise<void>;
  /** Aborted by `stop`. */
  signal: AbortSignal;
  /** The turn found nothing wrong, but did not work either. */
  healthy: () => void;
  /** The turn did its work. */
  worked: () => void;
}

function loop(name: string, log: Logger, turn: (turn: Turn) => Promise<void>): Job {
  const pause = createPause();
  const rest = createPause();
  const stopping = new AbortController();
  const { signal } = stopping;
  const state = { failing: false };
  const noteTurn = (): void => lastTurn.record(Date.now() / 1_000, { job_name: name });
  noteTurn();
  const tools: Turn = {
    pause: pause.wait,
    rest: rest.wait,
    signal,
    healthy: () => {
      state.failing = false;
    },
    worked: () => {
      state.failing = false;
      noteTurn();
    },
  };
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await turn(tools);
        state.failing = false;
      } catch (error) {
        if (error === signal.reason) return;
        // Said once per outage, so that a dead store does not flood the log.
        if (!state.failing) log.warn({ err: error, job: name }, 'job failed, will be tried again');
        state.failing = true;
        await rest.wait(500);
      }
    }
  };
  const running = context.with(ROOT_CONTEXT, run);
  return {
    wake: pause.end,
    stop: async () => {
      stopping.abort();
      pause.end();
      rest.end();
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
