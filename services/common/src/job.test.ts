import { once } from 'node:events';
import { describe, expect, it, jest } from '@jest/globals';
import { type LockStore, startJob, startOwnedJob } from './job.ts';
import { createLogger } from './log.ts';
import { collectMetrics } from './testing/collect-metrics.ts';

const log = createLogger({ service: 'test', instance: 'test', level: 'silent' });
const tomorrow = 86_400_000;
const valueOf = collectMetrics();

/** A lock store in memory. */
function lockStore(): LockStore & { owner: string | undefined } {
  return {
    owner: undefined,
    tryLock(_resource, owner) {
      this.owner ??= owner;
      return Promise.resolve(this.owner === owner);
    },
    unlock(_resource, owner) {
      if (this.owner === owner) this.owner = undefined;
      return Promise.resolve();
    },
  };
}

/** Work that counts its turns; `reached(n)` resolves when it has begun n of them. */
function countedWork(turn: (count: number) => Promise<void> = () => Promise.resolve()) {
  const waiting: { count: number; resolve: () => void }[] = [];
  const counted = {
    turns: 0,
    work: () => {
      counted.turns += 1;
      for (const { count, resolve } of waiting) if (counted.turns >= count) resolve();
      return turn(counted.turns);
    },
    reached: (count: number) =>
      new Promise<void>((resolve) => {
        if (counted.turns >= count) resolve();
        else waiting.push({ count, resolve });
      }),
  };
  return counted;
}

describe('job', () => {
  it('runs at once, and again when it is woken', async () => {
    const counted = countedWork();
    const job = startJob({ name: 'test', intervalMs: tomorrow, log, work: counted.work });
    await counted.reached(1);
    job.wake();
    await counted.reached(2);
    await job.stop();
    expect(counted.turns).toBe(2);
  });

  it('does not lose a wake that comes during a turn', async () => {
    const counted = countedWork();
    const job = startJob({
      name: 'test',
      intervalMs: tomorrow,
      log,
      work: () => {
        const ended = counted.work();
        if (counted.turns === 1) queueMicrotask(() => job.wake());
        return ended;
      },
    });
    await counted.reached(2);
    await job.stop();
  });

  it('tries again after a failure', async () => {
    const counted = countedWork((turn) => (turn === 1 ? Promise.reject(new Error('out')) : Promise.resolve()));
    const job = startJob({ name: 'test', intervalMs: tomorrow, log, work: counted.work });
    await counted.reached(2);
    await job.stop();
    expect(counted.turns).toBe(2);
  });

  it('ends the turn that runs before it stops', async () => {
    let finish = (): void => undefined;
    let ended = false;
    const counted = countedWork(() =>
      new Promise<void>((resolve) => {
        finish = resolve;
      }).then(() => {
        ended = true;
      }),
    );
    const job = startJob({ name: 'test', intervalMs: tomorrow, log, work: counted.work });
    await counted.reached(1);
    const stopped = job.stop();
    finish();
    await stopped;
    expect(ended).toBe(true);
  });
});

describe('a turn of a job that is to stop', () => {
  it.each([
    ['a job', startJob],
    ['an owned job', startOwnedJob],
  ])('is told so by the signal of %s, and is no failure', async (_what, start) => {
    const warnings = jest.spyOn(log, 'warn');
    const begun = countedWork();
    const work = async (signal: AbortSignal): Promise<void> => {
      const aborted = once(signal, 'abort');
      await begun.work();
      await aborted;
      signal.throwIfAborted();
    };
    const job = start({ name: 'long', instance: 'a', sidecar: lockStore(), intervalMs: tomorrow, log, work });
    await begun.reached(1);
    await job.stop();
    expect([begun.turns, warnings.mock.calls]).toEqual([1, []]);
    warnings.mockRestore();
  });
});

describe('owned job', () => {
  it('has a lock of another name where that is wanted', async () => {
    const store = lockStore();
    const asked = new Set<string>();
    const sidecar: LockStore = {
      tryLock: (resource, ...rest) => store.tryLock(resource, ...rest).finally(() => asked.add(resource)),
      unlock: (resource, ...rest) => store.unlock(resource, ...rest).finally(() => asked.add(resource)),
    };
    const counted = countedWork();
    const job = startOwnedJob({ name: 'sweep', lock: 'broom', instance: 'a', sidecar, intervalMs: 1, log, work: counted.work });
    await counted.reached(1);
    await job.stop();
    expect([...asked]).toEqual(['broom']);
  });

  it('runs in one of two instances, and in the other when the first has stopped', async () => {
    const store = lockStore();
    const works = [countedWork(), countedWork()];
    const start = (index: number) =>
      startOwnedJob({ name: 'sweep', instance: `i-${index}`, sidecar: store, intervalMs: 1, log, work: works[index]!.work });
    const first = start(0);
    await works[0]!.reached(1);
    const second = start(1);
    await works[0]!.reached(20);
    expect(works[1]!.turns).toBe(0);
    await first.stop();
    second.wake();
    await works[1]!.reached(1);
    expect(store.owner).toBe('i-1');
    await second.stop();
    expect(store.owner).toBeUndefined();
  });

  it('works once more before its owner stops, where that is wanted', async () => {
    const [store, counted] = [lockStore(), countedWork()];
    const job = startOwnedJob({
      ...{ name: 'sweep', instance: 'a', sidecar: store, intervalMs: tomorrow, log, work: counted.work },
      lastTurn: true,
    });
    await counted.reached(1);
    await job.stop();
    expect(counted.turns).toBe(2);
    expect(store.owner).toBeUndefined();
  });

  it('gives ownership up when its work fails', async () => {
    const store = lockStore();
    const failing = countedWork(() => Promise.reject(new Error('out')));
    const job = startOwnedJob({ name: 'sweep', instance: 'a', sidecar: store, intervalMs: tomorrow, log, work: failing.work });
    await failing.reached(2);
    await job.stop();
    expect(store.owner).toBeUndefined();
  });

  it('waits for the lock store to come back', async () => {
    const store = lockStore();
    let refusals = 1;
    const sidecar: LockStore = {
      unlock: (...lock) => store.unlock(...lock),
      tryLock: (...lock) => (refusals-- > 0 ? Promise.reject(new Error('out')) : store.tryLock(...lock)),
    };
    const work = countedWork();
    const job = startOwnedJob({ name: 'sweep', instance: 'a', sidecar, intervalMs: tomorrow, log, work: work.work });
    await work.reached(1);
    await job.stop();
  });

  it('runs everywhere while the lock store is out, where that is wanted', async () => {
    const out = (): Promise<never> => Promise.reject(new Error('out'));
    const works = [countedWork(), countedWork()];
    const jobs = works.map(({ work }, index) =>
      startOwnedJob({
        name: 'sweep',
        instance: `i-${index}`,
        sidecar: { tryLock: out, unlock: out },
        intervalMs: 1,
        log,
        work,
        runsWithoutLock: true,
      }),
    );
    await Promise.all(works.map(({ reached }) => reached(2)));
    await Promise.all(jobs.map((job) => job.stop()));
  });
});

it('runs without a lock also when the lock store takes its time to fail', async () => {
  let now = 0;
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => now);
  const hang = (): Promise<never> => {
    now += 10_000;
    return new Promise((_resolve, reject) => setImmediate(() => reject(new Error('no answer'))));
  };
  const counted = countedWork();
  const sidecar = { tryLock: hang, unlock: hang };
  const job = startOwnedJob({
    name: 'sweep',
    instance: 'a',
    sidecar,
    intervalMs: tomorrow,
    log,
    work: counted.work,
    runsWithoutLock: true,
  });
  await counted.reached(1);
  await job.stop();
  clock.mockRestore();
});

describe('the metrics of jobs', () => {
  const lastTurn = 'ticketing_job_last_turn_timestamp_seconds';
  const now = (): number => Date.now() / 1_000;

  it('say when a turn ended last', async () => {
    const counted = countedWork();
    const job = startJob({ name: 'watched', intervalMs: tomorrow, log, work: counted.work });
    await counted.reached(1);
    await job.stop();
    const ended = await valueOf(lastTurn, { job_name: 'watched' });
    expect(now() - ended!).toBeLessThan(30);
  });

  it('do not count a turn that failed', async () => {
    const clock = jest.spyOn(Date, 'now').mockReturnValue(5_000);
    const failing = countedWork(() => Promise.reject(new Error('out')));
    const job = startJob({ name: 'failing', intervalMs: tomorrow, log, work: failing.work });
    clock.mockReturnValue(9_000);
    await failing.reached(1);
    await job.stop();
    clock.mockRestore();
    expect(await valueOf(lastTurn, { job_name: 'failing' })).toBe(5);
  });

  it('measure each turn of an owned job, also one that fails', async () => {
    const counted = countedWork((turn) => (turn === 2 ? Promise.reject(new Error('out')) : Promise.resolve()));
    const job = startOwnedJob({ name: 'timed', instance: 'a', sidecar: lockStore(), intervalMs: 1, log, work: counted.work });
    await counted.reached(3);
    await job.stop();
    expect(await valueOf('ticketing_job_turn_seconds', { job_name: 'timed' })).toBe(counted.turns);
  });

  it('count what the lock store does not answer, from zero', async () => {
    const failures = (): Promise<number | undefined> => valueOf('ticketing_job_lock_failures_total', { job_name: 'locked' });
    const store = lockStore();
    const out = (): Promise<never> => Promise.reject(new Error('out'));
    const counted = countedWork();
    const options = { name: 'locked', instance: 'a', intervalMs: 1, log, work: counted.work, runsWithoutLock: true };
    const job = startOwnedJob({ ...options, sidecar: store });
    await counted.reached(1);
    await job.stop();
    expect(await failures()).toBe(0);
    const without = startOwnedJob({ ...options, sidecar: { tryLock: out, unlock: out } });
    await counted.reached(counted.turns + 1);
    await without.stop();
    expect(await failures()).toBeGreaterThanOrEqual(1);
  });
});
