import { describe, expect, it } from '@jest/globals';
import type { Database } from './database.ts';
import { createGroupWork } from './group-work.ts';

// Group work only hands it on.
const database = (): Database => Object.create(null) as Database;

/** Work that notes its groups and can't do `poison`. */
function doubling() {
  const groups: number[][] = [];
  const work = createGroupWork(4, async (_db, items: number[]) => {
    groups.push(items);
    await new Promise(setImmediate);
    if (items.includes(13)) throw new Error('13 can’t be done');
    return items.map((item) => item * 2);
  });
  return { work, groups };
}

describe('group work', () => {
  it('is done at once for one alone', async () => {
    const { work, groups } = doubling();
    expect(await work(database(), 1)).toBe(2);
    expect(groups).toEqual([[1]]);
  });

  it('is done together for all that arrive while a group is at work, within the limit', async () => {
    const { work, groups } = doubling();
    const db = database();
    const outcomes = await Promise.all([1, 2, 3, 4, 5, 6].map((item) => work(db, item)));
    expect(outcomes).toEqual([2, 4, 6, 8, 10, 12]);
    expect(groups).toEqual([
      [1, 2, 3, 4],
      [5, 6],
    ]);
  });

  it('is done for each alone when it fails for several, so that only the one at fault fails', async () => {
    const { work, groups } = doubling();
    const db = database();
    const outcomes = await Promise.allSettled([1, 13, 3].map((item) => work(db, item)));
    expect(outcomes).toEqual([
      { status: 'fulfilled', value: 2 },
      { status: 'rejected', reason: expect.objectContaining({ message: '13 can’t be done' }) },
      { status: 'fulfilled', value: 6 },
    ]);
    expect(groups).toEqual([[1, 13, 3], [1], [13], [3]]);
  });

  it('does not mix databases', async () => {
    const { work, groups } = doubling();
    await Promise.all([work(database(), 1), work(database(), 2)]);
    expect(groups).toEqual([[1], [2]]);
  });
});
