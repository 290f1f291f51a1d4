import { brotliDecompressSync } from 'node:zlib';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { once } from '@ticketing/common/inbox';
import { GetSeatMapRequestSchema, HoldSeatsRequestSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { countPlan } from '@ticketing/contracts/seat-plan';
import { arenaPlan } from '@ticketing/contracts/testing/arena-plan';
import type { Context } from '../context.ts';
import { buildInventories } from '../performances/build-inventory.ts';
import type { Performance } from '../performances/performances.ts';
import { getSeatMap } from '../seats/get-seat-map.ts';
import { createSeatMaps } from '../seats/seat-maps.ts';
import { createTestContext, openSale } from '../testing/test-sale.ts';
import { holdSeats } from './hold-seats.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

async function hold({ id: performanceId, concertId }: Performance, names: string[], idempotencyKey = newId(), userId = newId()) {
  const request = { userId, passConcertId: concertId, passId: 'p', idempotencyKey, performanceId, seatIds: names };
  const { result } = await holdSeats(ctx, create(HoldSeatsRequestSchema, request));
  if (result?.case === 'refusal') return { refused: result.value.code, seatIds: result.value.seatIds, positions: result.value.positions };
  if (result?.case !== 'reservation') throw new Error('an empty answer');
  return { id: result.value.id, seats: (result.value.seats ?? []).map(({ id, position }) => ({ id, position })) };
}

async function letters(performance: Performance, encoding = '') {
  const request = { performanceId: performance.id, passConcertId: performance.concertId, asPositions: true, encoding };
  const maps = { ...ctx, seatMaps: createSeatMaps(ctx.db) };
  const { result } = await getSeatMap(maps, create(GetSeatMapRequestSchema, request));
  if (result?.case !== 'seatMap') throw new Error('refused');
  return result.value;
}

describe('seats by their positions', () => {
  it('are held, and named in what refuses others', async () => {
    const performance = await openSale(ctx, 4);
    const held = await hold(performance, ['#2', '#0']);
    const ids = [performance.idAt[0]!, performance.idAt[2]!].sort();
    expect(held.seats).toEqual(ids.map((id) => ({ id, position: performance.idAt.indexOf(id) })));
    expect(await hold(performance, ['#1', '#2'])).toEqual({ refused: 'seat-taken', seatIds: [performance.idAt[2]], positions: [2] });
    expect(await hold(performance, [performance.idAt[0]!])).toMatchObject({ refused: 'seat-taken', positions: [0] });
  });

  it('are the same request as by their ids', async () => {
    const performance = await openSale(ctx, 2);
    const [key, user] = [newId(), newId()];
    const held = await hold(performance, ['#1'], key, user);
    expect(await hold(performance, [performance.idAt[1]!], key, user)).toEqual(held);
    expect(await hold(performance, ['#0'], key, user)).toMatchObject({ refused: 'idempotency-key-reused' });
  });

  it.each([['#4'], ['#-1'], ['#'], ['#1.5'], ['#x'], ['constructor']])('are not found as %s', async (name) => {
    expect(await hold(await openSale(ctx, 4), [name])).toMatchObject({ refused: 'seat-not-found' });
  });

  it('are those of a hall of 50,000: built, mapped and held', async () => {
    const plan = arenaPlan();
    const { totalSeats } = countPlan(plan);
    const about = {
      performanceId: newId(),
      concertId: newId(),
      startsAt: '2040-01-01T10:00:00.000Z',
      saleOpensAt: '2020-01-01T10:00:00.000Z',
    };
    const data = { ...about, maxSeatsPerPerson: 4, plan };
    await once(ctx.db, 'performance.scheduled', buildInventories).handle([{ id: newId(), data }]);
    const performance = await ctx.performances.find(about.performanceId);
    if (!performance) throw new Error('the performance was not built');
    expect(await hold(performance, [`#${totalSeats - 1}`, '#0'])).toMatchObject({ seats: [{}, {}] });
    const packed = await letters(performance, 'br');
    const { statuses } = JSON.parse(brotliDecompressSync(packed.json ?? '').toString()) as { statuses: string };
    expect(statuses).toBe(`H${'A'.repeat(totalSeats - 2)}H`);
    const map = await createSeatMaps(ctx.db).get(performance.id);
    // What the sidecar lets through in one call.
    expect(map.json.byteLength).toBeLessThan(7 * 2 ** 20);
    expect(map.json.byteLength).toBeGreaterThan(4 * 2 ** 20);
  });
});
