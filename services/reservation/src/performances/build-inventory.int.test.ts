import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import { once } from '@ticketing/common/inbox';
import { type EventData, parseEvent } from '@ticketing/contracts/events';
import { limits } from '@ticketing/contracts/limits';
import type { Context } from '../context.ts';
import { createTestContext } from '../testing/test-sale.ts';
import { buildInventories, rowLabel } from './build-inventory.ts';

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
        rows: 1,
        seatsPerRow: limits.seats / limits.sections,
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
