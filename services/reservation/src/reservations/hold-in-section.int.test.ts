import { randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { HoldSeatsRequestSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import { buildInventory } from '../performances/build-inventory.ts';
import { createTestContext } from '../testing/test-sale.ts';
import { holdSeats } from './hold-seats.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

const names = [
  ...['🍣', '🍺', 'Cafe', 'Café', 'CAFE', 'A', 'Ａ', 'a', '1', '①', '１', 'ハハ', 'パパ', 'はは', 'かき', 'がき'],
  ...['ss', 'ß', 'ﬁ', 'fi', '가', 'ㄱㅏ', '👩‍💻', '👩💻', 'É', 'E', '-', '‐', '٠', '0', 'A B', 'AB'],
];

/** A performance with a section of one row for each name, dearer from one to the next. */
async function openSections(): Promise<{ performanceId: string; concertId: string }> {
  const ids = { performanceId: newId(), concertId: newId() };
  const [startsAt, saleOpensAt] = [86_400_000, -3_600_000].map((ms) => new Date(Date.now() + ms).toISOString());
  const sections = names.map((name, index) => ({ name, rows: 1, seatsPerRow: 2, price: 1_000 + index }));
  await ctx.db.transaction((tx) =>
    buildInventory(tx, { ...ids, startsAt: startsAt ?? '', saleOpensAt: saleOpensAt ?? '', maxSeatsPerPerson: 4, sections }),
  );
  return ids;
}

describe('holdSeats in a section', () => {
  it('gives the best seats of exactly that one, and none once it is full', async () => {
    const { performanceId, concertId } = await openSections();
    const ask = async (section: string) => {
      const order = { userId: newId(), passConcertId: concertId, idempotencyKey: randomUUID(), performanceId, quantity: 1, section };
      const { result } = await holdSeats(ctx, create(HoldSeatsRequestSchema, order));
      if (result?.case === 'refusal') return result.value.code;
      return result?.value?.seats?.map((seat) => [seat.section, Number(seat.price)]);
    };
    // The dearest first: what is compared loosely comes from the cheaper ones before it.
    for (const [index, section] of [...names.entries()].reverse()) {
      expect([section, await ask(section)]).toEqual([section, [[section, 1_000 + index]]]);
    }
    const [first] = names;
    expect(await ask(first!)).toEqual([[first, 1_000]]);
    expect(await ask(first!)).toBe('not-enough-seats');
    expect(await ask('nowhere')).toBe('section-not-found');
  });
});
