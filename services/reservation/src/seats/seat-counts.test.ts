import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { idFromBinary, idToBinary, newId, type Queryable } from '@ticketing/common/database';
import { createSeatCounts } from './seat-counts.ts';

let now: number;
beforeEach(() => {
  now = 1_000_000;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => {
  jest.restoreAllMocks();
});

const performanceId = idToBinary(newId());

/** A database with one performance that takes so long to count, and how often its seats were counted. */
function database(countMs: number) {
  const counts = { made: 0 };
  const query: Queryable['query'] = <T>(sql: string) => {
    if (!sql.includes('FROM seats')) return Promise.resolve([{ id: performanceId }] as T[]);
    counts.made += 1;
    now += countMs;
    // SUM is a decimal, which the driver gives as text.
    return Promise.resolve([{ performance_id: performanceId, total: 100, held: '5', sold: '25', blocked: '10', upcoming: 1 }] as T[]);
  };
  return { counts, db: { query, execute: () => Promise.resolve(0) } };
}

describe('seat counts', () => {
  it('are made once for all who ask in half a second', async () => {
    const { counts, db } = database(2);
    const { ofConcert } = createSeatCounts(db);
    const concertId = newId();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ofConcert(concertId)));
    expect(answers[19]).toEqual([
      { performanceId: idFromBinary(performanceId), total: 100, held: 5, sold: 25, blocked: 10, available: 60 },
    ]);
    now += 499;
    await ofConcert(concertId);
    expect(counts.made).toBe(1);
    now += 2;
    await ofConcert(concertId);
    expect(counts.made).toBe(2);
  });

  it('are made for no more than a twentieth of the time', async () => {
    const { counts, db } = database(100);
    const { ofConcert } = createSeatCounts(db);
    const concertId = newId();
    const until = now + 21_000;
    for (; now < until; now += 10) await ofConcert(concertId);
    expect(counts.made).toBe(10);
  });
});
