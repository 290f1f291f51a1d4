import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';

interface Waiting<I, O> {
  item: I;
  inContext: <R>(work: () => R) => R;
  resolve: (outcome: O) => void;
  reject: (error: unknown) => void;
}

interface Queue<I, O> {
  waiting: Waiting<I, O>[];
  /** When the batch that is at work, or the rest after it, was begun, by performance.now(). */
  begunAt: number;
}

interface MicroBatcherOptions {
  /** The most items in one batch. */
  limit: number;
  /**
   * Milliseconds. Whatever waits for a batch that takes longer goes on with the next that arrives, beside it. Without it the batches of a
   * key never overlap.
   */
  patienceMs?: number;
  /** Milliseconds at most. After a batch of several a key rests for as long as that took, so that more of those that follow share the next. */
  restMs?: number;
}

/** Of groups of calls and of transactions: one that is slow, or waits for a lock, holds up those behind it no longer than this. */
export const sharedPace = { patienceMs: 150, restMs: 20 };

/**
 * Collects what arrives for a key while the last batch of that key is at work, and hands it on as one batch. Keys do not wait for each
 * other. Alone, an item is a batch of one and waits for nothing.
 * @param run does a batch and returns one outcome per item, in order; when it throws, every item of the batch fails
 */
export function createMicroBatcher<I, O>(
  { limit, patienceMs = Infinity, restMs = 0 }: MicroBatcherOptions,
  run: (key: string, items: I[]) => Promise<O[]>,
): (key: string, item: I) => Promise<O> {
  const queues = new Map<string, Queue<I, O>>();

  const drain = async (key: string, queue: Queue<I, O>): Promise<void> => {
    await nextTurn();
    while (queue.waiting.length > 0) {
      queue.begunAt = performance.now();
      const batch = queue.waiting.splice(0, limit);
      await runBatch(key, batch, run);
      if (restMs > 0 && batch.length > 1 && queue.waiting.length < limit) {
        const tookMs = performance.now() - queue.begunAt;
        queue.begunAt += tookMs;
        await delay(Math.min(tookMs, restMs));
      }
    }
    if (queues.get(key) === queue) queues.delete(key);
  };

  return (key, item) =>
    new Promise((resolve, reject) => {
      // The batch belongs to the trace of its first item, not to that of the item which happened to start the loop.
      const waiting = { item, inContext: AsyncLocalStorage.snapshot(), resolve, reject };
      const queue = queues.get(key);
      if (queue && performance.now() - queue.begunAt <= patienceMs) {
        queue.waiting.push(waiting);
        return;
      }
      const started = { waiting: [...(queue?.waiting.splice(0) ?? []), waiting], begunAt: performance.now() };
      queues.set(key, started);
      void drain(key, started);
    });
}

async function runBatch<I, O>(key: string, batch: Waiting<I, O>[], run: (key: string, items: I[]) => Promise<O[]>): Promise<void> {
  const [first] = batch;
  if (!first) return;
  try {
    const outcomes = await first.inContext(() =>
      run(
        key,
        batch.map((waiting) => waiting.item),
      ),
    );
    batch.forEach((waiting, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined) waiting.reject(new Error('the batch gave no outcome for an item'));
      else waiting.resolve(outcome);
    });
  } catch (error) {
    for (const waiting of batch) waiting.reject(error);
  }
}
