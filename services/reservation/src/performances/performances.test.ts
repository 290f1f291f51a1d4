import { describe, expect, it } from '@jest/globals';
import { idToBinary, newId, type Queryable } from '@ticketing/common/database';
import { createPerformances } from './performances.ts';

/** A database in which every performance has so many seats, and how often layouts were read. */
function database(seats: number) {
  const counts = { layouts: 0 };
  const ids = Array.from({ length: seats }, () => idToBinary(newId()));
  const query: Queryable['query'] = <T>(sql: string) => {
    if (!sql.includes('FROM seats')) {
      return Promise.resolve([{ concert_id: idToBinary(newId()), starts_at: new Date(0), max_seats_per_person: 4 }] as T[]);
    }
    counts.layouts += 1;
    return Promise.resolve(ids.map((id, index) => ({ id, section: 'Floor', row_label: 'A', number: index, price: 50_000 })) as T[]);
  };
  return { counts, db: { query, execute: () => Promise.resolve(0) } };
}

describe('performances', () => {
  it('keep their layouts, until there are more seats than memory for them', async () => {
    const { counts, db } = database(50_000);
    const performances = createPerformances(db);
    const ids = Array.from({ length: 14 }, () => newId());
    for (const id of ids.slice(0, 11)) await performances.find(id);
    expect((await performances.find(ids[0]!))?.seats.size).toBe(50_000);
    expect(counts.layouts).toBe(11);
    for (const id of ids.slice(11)) await performances.find(id);
    // The second was let go, since nobody asked for it for the longest time.
    await performances.find(ids[0]!);
    expect(counts.layouts).toBe(14);
    await performances.find(ids[1]!);
    expect(counts.layouts).toBe(15);
  });
});
