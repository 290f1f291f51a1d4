import { describe, expect, it } from '@jest/globals';
import { newId, type Queryable } from '@ticketing/common/database';
import { findPlanProblems, listSeats, seatPlan } from '@ticketing/contracts/seat-plan';
import { arenaPlan } from '@ticketing/contracts/testing/arena-plan';
import { createSeatLayouts, describeLayout } from './seat-layouts.ts';

/** A database with a plan, or with sections, for every id; and how often it was asked. */
function database(plan: string | undefined, sections: object[] = []) {
  const counts = { queries: 0 };
  const query: Queryable['query'] = <T>(sql: string) => {
    counts.queries += 1;
    if (sql.includes('performance_plans')) return Promise.resolve((plan === undefined ? [] : [{ plan }]) as T[]);
    return Promise.resolve(sections as T[]);
  };
  return { counts, db: { query, execute: () => Promise.resolve(0) } };
}

describe('a layout', () => {
  it('of an arena with 50,000 seats is at most 8 KiB', async () => {
    const { db } = database(JSON.stringify(arenaPlan()));
    const layout = await createSeatLayouts(db).get(newId());
    const packed = await layout!.compressed('br');
    expect(packed.byteLength).toBeLessThanOrEqual(8 * 1_024);
    expect((await layout!.compressed('gzip')).byteLength).toBeLessThan(24 * 1_024);
  });

  it('says at which position each section begins', () => {
    const plan = arenaPlan();
    const seats = listSeats(plan);
    const { sections, totalSeats } = describeLayout(plan);
    expect(totalSeats).toBe(seats.length);
    for (const { name, position } of sections) expect(seats.find(({ section }) => section === name)?.position).toBe(position);
  });

  it('of rectangles is made from them', async () => {
    const id = newId();
    const { counts, db } = database(undefined, [
      { name: 'Floor', row_count: 2, seats_per_row: 3, price: 150_000 },
      { name: '2층', row_count: 1, seats_per_row: 1, price: 90_000 },
    ]);
    const layouts = createSeatLayouts(db);
    const { json, etag } = (await layouts.get(id))!;
    const { performanceId, totalSeats, sections, ...plan } = JSON.parse(Buffer.from(json).toString()) as ReturnType<
      typeof describeLayout
    > & {
      performanceId: string;
    };
    expect([performanceId, totalSeats, sections.map(({ position }) => position)]).toEqual([id, 7, [0, 6]]);
    const whole = seatPlan.parse({ ...plan, sections: sections.map(({ name, rows }) => ({ name, rows })) });
    expect(findPlanProblems(whole)).toEqual([]);
    expect(listSeats(whole).map(({ row, number, price }) => `${row}${number} ${price}`)).toEqual([
      ...['A1 150000', 'A2 150000', 'A3 150000', 'B1 150000', 'B2 150000', 'B3 150000', 'A1 90000'],
    ]);
    expect((await layouts.get(id))?.etag).toBe(etag);
    expect(counts.queries).toBe(2);
  });

  it('is not there where there is no performance', async () => {
    expect(await createSeatLayouts(database(undefined).db).get(newId())).toBeUndefined();
  });
});
