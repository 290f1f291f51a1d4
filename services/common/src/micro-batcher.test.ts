import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { createMicroBatcher } from './micro-batcher.ts';

/** Batches that take a while and note what was in them. */
function notingBatches(options: { limit: number; restMs?: number }) {
  const batches: number[][] = [];
  const add = createMicroBatcher<number, number>(options, async (_key, items) => {
    batches.push(items);
    await delay(100);
    return items;
  });
  /** Adds items that do not arrive in the same turn of the event loop. */
  const addInTurn = async (...items: number[]): Promise<void> => {
    const outcomes: Promise<number>[] = [];
    for (const item of items) {
      outcomes.push(add('key', item));
      for (let turn = 0; turn < 5; turn += 1) await nextTurn();
    }
    await Promise.all(outcomes);
  };
  return { batches, add, addInTurn };
}

describe('a micro-batcher', () => {
  it('rests after a batch of several, and begins the next with all that arrived meanwhile', async () => {
    const { batches, add, addInTurn } = notingBatches({ limit: 10, restMs: 1_000 });
    await Promise.all([add('key', 1), add('key', 2)]);
    await addInTurn(3, 4, 5);
    expect(batches).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
  });

  it('does not rest after a batch of one', async () => {
    const { batches, add, addInTurn } = notingBatches({ limit: 10, restMs: 1_000 });
    await add('key', 1);
    await addInTurn(2, 3);
    expect(batches).toEqual([[1], [2], [3]]);
  });

  it('does not rest while a whole batch waits', async () => {
    const { batches, add } = notingBatches({ limit: 2, restMs: 1_000 });
    const outcomes = [1, 2, 3, 4].map((item) => add('key', item));
    await Promise.all(outcomes.slice(0, 2));
    for (let turn = 0; turn < 5; turn += 1) await nextTurn();
    expect(batches).toEqual([
      [1, 2],
      [3, 4],
    ]);
    await Promise.all(outcomes);
  });
});
