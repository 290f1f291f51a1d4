import { create } from '@bufbuild/protobuf';
import { TimestampSchema, timestampDate, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Database, idToBinary, newId } from '@ticketing/common/database';
import { type GivenEvent, once } from '@ticketing/common/inbox';
import { withoutGuard } from '@ticketing/common/testing/without-guard';
import type { EventData } from '@ticketing/contracts/events';
import {
  GetSalesRequestSchema,
  ListSalesPeriodsRequestSchema,
  SalesUnit,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/sales_pb';
import type { Context } from '../context.ts';
import { buildInventory } from '../performances/build-inventory.ts';
import type { Performance } from '../performances/performances.ts';
import { askForSeats, createTestContext, letHoldsExpire } from '../testing/test-sale.ts';
import { countRefunded, countSold } from './count-sales.ts';
import { getSales } from './get-sales.ts';
import { listSalesPeriods } from './list-sales-periods.ts';
import { createSalesFigures } from './sales-figures.ts';

let ctx: Context;
let other: Context;
let performance: Performance;
const made: Buffer[] = [];
beforeAll(async () => {
  [ctx, other] = [await createTestContext(), await createTestContext()];
});
beforeEach(async () => {
  performance = await openConcert();
});
afterAll(async () => {
  // Nothing was sold of what was counted here.
  await ctx.db.execute('DELETE FROM sales_minutes WHERE performance_id IN (?)', [made]);
  await Promise.all([ctx.stop(), other.stop()]);
});

const sections = [
  { name: 'Floor', rows: 1, seatsPerRow: 60, price: 90_000 },
  { name: '2층', rows: 1, seatsPerRow: 4, price: 50_000 },
];
const noon = Date.UTC(2031, 4, 1, 12);
const minuteMs = 60_000;

async function openConcert(concertId = newId()): Promise<Performance> {
  const performanceId = newId();
  made.push(idToBinary(performanceId));
  const [startsAt, saleOpensAt] = [new Date(Date.now() + 86_400_000).toISOString(), new Date(0).toISOString()];
  await ctx.db.transaction((tx) => buildInventory(tx, { performanceId, concertId, startsAt, saleOpensAt, maxSeatsPerPerson: 4, sections }));
  const found = await ctx.performances.find(performanceId);
  if (!found) throw new Error('the performance was not built');
  return found;
}

type Sold = EventData<'reservation.confirmed'>;

/** Holds the seats with these numbers of the layout, and makes the event by which they would be sold. */
async function sold(numbers: number[], of = performance): Promise<Sold> {
  const seats = numbers.map((number) => [...of.seats.values()][number]!);
  const hold = await askForSeats(ctx, of, { seatIds: seats.map(({ id }) => id) });
  if (typeof hold === 'string') throw new Error(hold);
  return {
    ...{ reservationId: hold.id, userId: hold.userId, performanceId: of.id, concertId: of.concertId, paymentId: newId() },
    ...{ seatIds: seats.map(({ id }) => id), amount: seats.reduce((sum, { price }) => sum + price, 0) },
  };
}

/** An event that was written at this time. */
function writtenAt(ms: number, data: Sold): GivenEvent {
  const time = ms.toString(16).padStart(12, '0');
  return { id: `${time.slice(0, 8)}-${time.slice(8)}${newId().slice(13)}`, data };
}

const confirmed = (db: Database = ctx.db) => once(db, 'reservation.confirmed', countSold);
const refunded = (db: Database = ctx.db) => once(db, 'reservation.refunded', countRefunded);

/** What was counted, by section. */
async function periods(
  wanted: { unit?: SalesUnit; offsetMinutes?: number; performanceId?: string; bySection?: boolean; toMs?: number } = {},
) {
  const { toMs = noon + 3 * 86_400_000, ...rest } = wanted;
  const range = { from: timestampFromMs(noon - 3 * 86_400_000), to: timestampFromMs(toMs) };
  const request = { concertId: performance.concertId, unit: SalesUnit.MINUTE, bySection: true, ...range, ...rest };
  const { result } = await listSalesPeriods(ctx, create(ListSalesPeriodsRequestSchema, request));
  if (result?.case !== 'periods') return result?.value?.code;
  return (result.value.items ?? []).map(({ startsAt, section, seatsSold, seatsRefunded, amountSold, amountRefunded }) => [
    timestampDate(create(TimestampSchema, startsAt ?? {}))
      .toISOString()
      .slice(0, 16),
    section,
    seatsSold,
    Number(amountSold),
    seatsRefunded,
    Number(amountRefunded),
  ]);
}

describe('sales by minute', () => {
  it('count each event once, however often and concurrently it is delivered', async () => {
    const event = writtenAt(noon, await sold([0, 1, 60]));
    await Promise.all([ctx, other, ctx, other].map(({ db }) => confirmed(db).handle([event])));
    await confirmed().handle([event, event]);
    expect(confirmed().takesReplays).toBe(false);
    expect(await periods()).toEqual([
      ['2031-05-01T12:00', '2층', 1, 50_000, 0, 0],
      ['2031-05-01T12:00', 'Floor', 2, 180_000, 0, 0],
    ]);
  });

  it('add up in any order: a refund ahead of its sale, and an event that comes late', async () => {
    const [first, second] = [await sold([0]), await sold([1])];
    await refunded().handle([writtenAt(noon + minuteMs, first)]);
    await confirmed().handle([writtenAt(noon + minuteMs + 1, second)]);
    await confirmed().handle([writtenAt(noon + minuteMs - 1, first)]);
    expect(await periods()).toEqual([
      ['2031-05-01T12:00', 'Floor', 1, 90_000, 0, 0],
      ['2031-05-01T12:01', 'Floor', 1, 90_000, 1, 90_000],
    ]);
  });

  it('take the seats and the amount that went from the event of a refund', async () => {
    const whole = await sold([0, 1, 60]);
    const part = { ...whole, seatIds: [whole.seatIds[0]!, whole.seatIds[2]!], amount: 70_001 };
    await confirmed().handle([writtenAt(noon, whole)]);
    await refunded().handle([writtenAt(noon, part)]);
    expect(await periods()).toEqual([
      ['2031-05-01T12:00', '2층', 1, 50_000, 1, 25_001],
      ['2031-05-01T12:00', 'Floor', 2, 180_000, 1, 45_000],
    ]);
  });

  it('count nothing of a group whose work fails, so that it can come again', async () => {
    const event = await sold([0]);
    const [good, bad] = [writtenAt(noon, event), writtenAt(noon, { ...event, seatIds: [newId()] })];
    await expect(confirmed().handle([good, bad])).rejects.toThrow('is not of reservation');
    expect(await periods()).toEqual([]);
    await confirmed().handle([good]);
    expect(await periods()).toEqual([['2031-05-01T12:00', 'Floor', 1, 90_000, 0, 0]]);
  });

  /** Two instances count one sale each, again and again, in the same minute. */
  async function countBeside(guard = '', replacement = ''): Promise<unknown> {
    const event = await sold([0]);
    const dbs = [ctx.db, other.db].map((db) => (guard === '' ? db : withoutGuard(db, guard, replacement)));
    const counts = Array.from({ length: 20 }, (_, index) => confirmed(dbs[index % 2]).handle([writtenAt(noon, event)]));
    await Promise.all(counts);
    return periods();
  }

  it('lose nothing that several instances count at a time', async () => {
    expect(await countBeside()).toEqual([['2031-05-01T12:00', 'Floor', 20, 20 * 90_000, 0, 0]]);
  });

  it('would lose sales if they did not add up in the statement', async () => {
    const counted = await countBeside('seats_sold + VALUES(seats_sold)', 'VALUES(seats_sold)');
    expect(counted).toEqual([['2031-05-01T12:00', 'Floor', 1, 20 * 90_000, 0, 0]]);
  });
});

describe('listSalesPeriods', () => {
  it('adds up by day of any clock, over sections and performances', async () => {
    const another = await openConcert(performance.concertId);
    const events = [
      writtenAt(noon, await sold([0, 60])),
      writtenAt(noon + 3 * 3_600_000, await sold([1])),
      writtenAt(noon, await sold([2], another)),
    ];
    await confirmed().handle(events);
    const byDay = { unit: SalesUnit.DAY, bySection: false };
    expect(await periods(byDay)).toEqual([['2031-05-01T00:00', '', 4, 320_000, 0, 0]]);
    expect(await periods({ ...byDay, offsetMinutes: 540 })).toEqual([
      ['2031-04-30T15:00', '', 3, 230_000, 0, 0],
      ['2031-05-01T15:00', '', 1, 90_000, 0, 0],
    ]);
    expect(await periods({ ...byDay, performanceId: another.id })).toEqual([['2031-05-01T00:00', '', 1, 90_000, 0, 0]]);
    expect(await periods({ toMs: noon })).toEqual([]);
  });

  it('refuses a performance of another concert, and more lines than an answer holds', async () => {
    expect(await periods({ performanceId: (await openConcert()).id })).toBe('performance-not-found');
    const rows = Array.from({ length: 10_001 }, (_, index) => [
      ...[idToBinary(performance.id), new Date(noon + index * minuteMs), 'Floor', 1, 0, 1, 0],
    ]);
    await ctx.db.execute(
      'INSERT INTO sales_minutes (performance_id, minute, section, seats_sold, seats_refunded, amount_sold, amount_refunded) VALUES ?',
      [rows],
    );
    expect(await periods({ toMs: noon + 10_000 * minuteMs })).toHaveLength(10_000);
    expect(await periods({ toMs: noon + 30 * 86_400_000 })).toBe('sales-range-too-long');
  });
});

describe('getSales', () => {
  const figures = async () => {
    const { performances } = await getSales(
      { salesFigures: createSalesFigures(ctx.db) },
      create(GetSalesRequestSchema, { concertId: performance.concertId }),
    );
    return performances?.map(({ sections: ofPerformance }) => ofPerformance);
  };

  it('counts the seats as they are, by section in the order of the layout', async () => {
    const bought = await sold([0, 1]);
    await sold([2, 60]);
    await ctx.db.execute("UPDATE seats SET status = 'SOLD', hold_expires_at = NULL WHERE performance_id = ? AND id IN (?)", [
      idToBinary(performance.id),
      bought.seatIds.map(idToBinary),
    ]);
    await refunded().handle([writtenAt(noon, { ...bought, seatIds: bought.seatIds.slice(0, 1), amount: 90_000 })]);
    const none = { refundedSeats: 0, refundedAmount: 0n };
    const floor = { section: 'Floor', capacity: 60, sold: 2, amount: 180_000n, refundedSeats: 1, refundedAmount: 90_000n };
    const balcony = { section: '2층', capacity: 4, sold: 0, amount: 0n, ...none };
    expect(await figures()).toEqual([
      [
        { ...floor, held: 1, free: 57 },
        { ...balcony, held: 1, free: 3 },
      ],
    ]);
    // Without the sweeper: it is off here.
    await letHoldsExpire(ctx, performance);
    expect(await figures()).toEqual([
      [
        { ...floor, held: 0, free: 58 },
        { ...balcony, held: 0, free: 4 },
      ],
    ]);
    await ctx.db.execute("UPDATE seats SET status = 'AVAILABLE', reservation_id = NULL WHERE performance_id = ? AND status = 'SOLD'", [
      idToBinary(performance.id),
    ]);
  });

  it('knows nothing of a concert without performances', async () => {
    performance = { ...performance, concertId: newId() };
    expect(await figures()).toEqual([]);
    expect(await periods()).toEqual([]);
  });
});
