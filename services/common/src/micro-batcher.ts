import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';

interface Waiting<I, O> {
  item: I;
  inContext: <R>(work: () => R) => R;
  resolve: (outcome: O) => void;
  reject: (error: unknown) => void;
}

/**
 * Collects what arrives for a key while the last batch of that key is at work, and hands it on as one batch. Keys do not wait for each
 * other; without load a batch is one item and waits for nothing.
 * @param limit the most items in one batch
 * @param run does a batch and returns one outcome per item, in order; when it throws, every item of the batch fails
 */
export function createMicroBatcher<I, O>(
  limit: number,
  run: (key: string, items: I[]) => Promise<O[]>,
): (key: string, item: I) => Promise<O> {
  const queues = new Map<string, Waiting<I, O>[]>();

  const drain = async (key: string, queue: Waiting<I, O>[]): Promise<void> => {
    await nextTurn();
    while (queue.length > 0) await runBatch(key, queue.splice(0, limit), run);
    queues.delete(key);
  };

  return (key, item) =>
    new Promise((resolve, reject) => {
      // The batch belongs to the trace of its first item, not to that of the item which happened to start the loop.
      const waiting = { item, inContext: AsyncLocalStorage.snapshot(), resolve, reject };
      const queue = queues.get(key);
      if (queue) {
        queue.push(waiting);
        return;
      }
      const started = [waiting];
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
