import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import { once } from '@ticketing/common/inbox';
import { type EventData, parseEvent } from '@ticketing/contracts/events';
import { limits } from '@ticketing/contracts/limits';
import { listSeats, rowLabel } from '@ticketing/contracts/seat-plan';
import { arenaPlan } from '@ticketing/contracts/testing/arena-plan';
import type { Context } from '../context.ts';
import { createTestContext } from '../testing/test-sale.ts';
import { buildInventories } from './build-inventory.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

function scheduled(): EventData<'performance.scheduled'> {
  return {
    performanceId: newId(),
    concertId: newId(),
    startsAt: '2030-01-01T10:00:00.000Z',
    saleOpensAt: '2029-01-01T10:00:00.000Z',
    maxSeatsPerPerson: 4,
    sections: [
      { name: 'Floor', rows: 30, seatsPerRow: 60, price: 150_000 },
      { name: '2층', rows: 2, seatsPerRow: 3, price: 90_000 },
    ],
  };
}

async function countSeats(performanceId: string): Promise<number> {
  const [row] = await ctx.db.query<{ n: number }>('SELECT COUNT(*) AS n FROM seats WHERE performance_id = ?', [idToBinary(performanceId)]);
  return row?.n ?? 0;
}

describe('buildInventory', () => {
  it('builds the seats once, however often and concurrently the event is delivered', async () => {
    const event = scheduled();
    const eventId = newId();
    const handler = once(ctx.db, 'performance.scheduled', buildInventories);
    await Promise.all(Array.from({ length: 4 }, () => handler.handle([{ id: eventId, data: event }])));
    await handler.handle([{ id: eventId, data: event }]);
    expect(await countSeats(event.performanceId)).toBe(1_806);
    const performance = await ctx.performances.find(event.performanceId);
    expect([...performance!.seats.values()].at(-1)).toMatchObject({ section: '2층', row: 'B', number: 3, price: 90_000 });
  });

  it.each([
    [
      'a section of as many rows as there may be',
      [{ name: 'Floor', rows: limits.rows, seatsPerRow: limits.seats / limits.rows, price: 1 }],
    ],
    [
      'as many sections as there may be, with the longest names and prices',
      Array.from({ length: limits.sections }, (_, index) => ({
        name: `${'🍣'.repeat(limits.sectionName - 2)}${index + 10}`,
        rows: 2,
        seatsPerRow: limits.seats / limits.sections / 2,
        price: limits.price,
      })),
    ],
  ])('builds the largest layout: %s', async (_what, sections) => {
    const event = { ...scheduled(), sections };
    expect(parseEvent('performance.scheduled', JSON.parse(JSON.stringify(event)))).toEqual(event);
    await once(ctx.db, 'performance.scheduled', buildInventories).handle([{ id: newId(), data: event }]);
    const performance = await ctx.performances.find(event.performanceId);
    expect(performance?.seats.size).toBe(limits.seats);
    expect([...(performance?.sections ?? [])]).toEqual(sections.map(({ name }) => name));
    const { seatsPerRow, rows } = sections.at(-1)!;
    expect([...performance!.seats.values()].at(-1)).toMatchObject({ row: rowLabel(rows - 1), number: seatsPerRow });
  });

  it('builds the seats of a plan in its order, by one event that the broker takes', async () => {
    const { performanceId, concertId, startsAt, saleOpensAt, maxSeatsPerPerson } = scheduled();
    const event = { performanceId, concertId, startsAt, saleOpensAt, maxSeatsPerPerson, plan: arenaPlan() };
    const text = JSON.stringify(event);
    expect(text.length).toBeLessThan(limits.planBytes);
    const read = parseEvent('performance.scheduled', JSON.parse(text));
    expect(read).toEqual(event);
    await once(ctx.db, 'performance.scheduled', buildInventories).handle([{ id: newId(), data: event }]);
    const performance = await ctx.performances.find(event.performanceId);
    const built = [...performance!.seats.values()].map(({ section, row, number, price, position }) => ({
      section,
      row,
      number,
      price,
      position,
    }));
    expect(built).toEqual(
      listSeats(event.plan).map(({ section, row, number, price, position }) => ({ section, row, number, price, position })),
    );
    expect(performance?.idAt[4_711]).toBe([...performance!.seats.keys()][4_711]);
  });

  it('can’t be told of a plan and of sections at once, nor of neither', () => {
    const { sections, ...about } = scheduled();
    const plan = arenaPlan();
    for (const seats of [{}, { sections, plan }]) expect(parseEvent('performance.scheduled', { ...about, ...seats })).toBeUndefined();
    // What a version reads that knows no plans: it lacks the sections.
    expect(Object.keys({ ...about, plan })).not.toContain('sections');
  });

  it('leaves nothing behind when it fails half-way, so that the next delivery can build', async () => {
    const event = scheduled();
    const eventId = newId();
    const failing = once(ctx.db, 'performance.scheduled', async (tx, data) => {
      await buildInventories(tx, data);
      throw new Error('the process dies here');
    });
    await expect(failing.handle([{ id: eventId, data: event }])).rejects.toThrow('dies here');
    expect(await countSeats(event.performanceId)).toBe(0);
    await once(ctx.db, 'performance.scheduled', buildInventories).handle([{ id: eventId, data: event }]);
    expect(await countSeats(event.performanceId)).toBe(1_806);
  });
});
