import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { idToBinary, newId, type Queryable } from '@ticketing/common/database';
import { createSeatMaps } from './seat-maps.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

/** A database in which every performance has so many seats, and how often they were read. */
function database(seats: number) {
  const counts = { reads: 0 };
  const row = { section: 'Floor', row_label: 'A', price: 50_000, status: 'AVAILABLE', changed_at: new Date(0), hold_ended_at: null };
  const rows = Array.from({ length: seats }, (_, number) => ({ ...row, id: idToBinary(newId()), number }));
  const query: Queryable['query'] = <T>() => {
    counts.reads += 1;
    return Promise.resolve(rows as T[]);
  };
  return { counts, db: { query, execute: () => Promise.resolve(0) } };
}

describe('seat maps', () => {
  it('are kept until there are more seats than memory for them', async () => {
    jest.spyOn(performance, 'now').mockReturnValue(1_000_000);
    const { counts, db } = database(50_000);
    const maps = createSeatMaps(db);
    const ids = Array.from({ length: 6 }, () => newId());
    for (const id of ids.slice(0, 4)) await maps.get(id);
    await maps.get(ids[0]!);
    expect(counts.reads).toBe(4);
    for (const id of ids.slice(4)) await maps.get(id);
    await maps.get(ids[1]!);
    expect(counts.reads).toBe(7);
  });

  it('are good for half a second from when they were read, also where the seats are the same', async () => {
    let now = 1_000_000;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    const { counts, db } = database(2);
    const maps = createSeatMaps(db);
    const id = newId();
    const first = await maps.get(id);
    expect(first.goodForMs()).toBe(500);
    now += 200;
    expect((await maps.get(id)).goodForMs()).toBe(300);
    now += 301;
    expect(first.goodForMs()).toBe(0);
    const again = await maps.get(id);
    expect([again === first, again.goodForMs(), counts.reads]).toEqual([true, 500, 2]);
  });
});
