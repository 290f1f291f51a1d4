import { randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import { pollUntil } from '@ticketing/common/poll-until';
import { withoutGuard, withPause } from '@ticketing/common/testing/without-guard';
import {
  ConfirmReservationRequestSchema,
  GetTicketRequestSchema,
  ReleaseReservationRequestSchema,
  TicketStatus,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import { confirmReservation } from '../reservations/confirm-reservation.ts';
import { endHolds } from '../reservations/end-holds.ts';
import { releaseReservation } from '../reservations/release-reservation.ts';
import { findReservation } from '../reservations/reservation.ts';
import { countSeats as countFree } from '../seats/seat-counts.ts';
import { createSeatMaps } from '../seats/seat-maps.ts';
import { askForSeats, countSeats, createTestContext, openSale } from '../testing/test-sale.ts';
import { getTicket } from '../tickets/get-ticket.ts';
import { buildInventory } from './build-inventory.ts';
import type { Performance } from './performances.ts';
import { stopSales } from './stop-sales.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

interface Held {
  id: string;
  userId: string;
}

async function holdOne(performance: Performance): Promise<Held> {
  const answer = await askForSeats(ctx, performance, { quantity: 1 });
  if (typeof answer === 'string') throw new Error(`refused: ${answer}`);
  return answer;
}

const cancelled = ({ id, concertId }: Pick<Performance, 'id' | 'concertId'>) => {
  const now = new Date().toISOString();
  return { performanceId: id, concertId, version: 2, startsAt: now, cancelledAt: now };
};
const cancel = (performance: Pick<Performance, 'id' | 'concertId'>) => ctx.db.transaction((tx) => stopSales(tx, [cancelled(performance)]));

/** `sold`, or the code of the refusal. */
async function confirm({ id, userId }: Held, paymentId = newId(), db = ctx.db): Promise<string> {
  const request = create(ConfirmReservationRequestSchema, { reservationId: id, userId, paymentId });
  const { result } = await confirmReservation({ ...ctx, db }, request);
  return result?.case === 'confirmation' ? 'sold' : (result?.value?.code ?? '');
}

const statusOf = async ({ id, userId }: Held) => (await findReservation(ctx.db, id, userId))?.status;
/** The stack's own instances end holds too. */
const untilEnded = (holds: Held[]) =>
  pollUntil(async () => {
    await endHolds(ctx);
    const statuses = await Promise.all(holds.map(statusOf));
    return statuses.includes('HELD') ? undefined : statuses;
  }, 20_000);

describe('a cancelled performance', () => {
  it('takes no holds, sells none that were made before, and has no seat for anybody', async () => {
    const performance = await openSale(ctx, 4);
    const holds = [await holdOne(performance), await holdOne(performance)];
    await cancel(performance);
    expect(await askForSeats(ctx, performance, { quantity: 1 })).toBe('sale-over');
    expect(await askForSeats(ctx, performance, { seatIds: [...performance.seats.keys()].slice(0, 1) })).toBe('sale-over');
    expect(await confirm(holds[0]!)).toBe('sale-over');
    const [count] = await countFree(ctx.db, [idToBinary(performance.id)]);
    expect(count).toMatchObject({ total: 4, available: 0, held: 0 });
    const { statuses } = await createSeatMaps(ctx.db).get(performance.id);
    expect([...statuses.values()]).toEqual(Array(4).fill('SOLD'));
  });

  it('ends all its holds, some at a time and however many do so, and their late payments are refused', async () => {
    const performance = await openSale(ctx, 130);
    const holds = await Promise.all(Array.from({ length: 130 }, () => holdOne(performance)));
    await cancel(performance);
    await Promise.all(Array.from({ length: 4 }, () => endHolds(ctx)));
    expect(await untilEnded(holds)).toEqual(Array(130).fill('EXPIRED'));
    expect(await countSeats(ctx, performance)).toEqual({ AVAILABLE: 130 });
    expect(await confirm(holds[0]!)).toBe('sale-over');
    const events = await ctx.db.query(
      `SELECT 1 FROM outbox_events WHERE type = 'reservation.expired' AND JSON_VALUE(data, '$.performanceId') = ? ORDER BY seq`,
      [performance.id],
    );
    expect(events).toHaveLength(130);
  });

  it('stops its sale once, and says so with that', async () => {
    const performance = await openSale(ctx, 1);
    await cancel(performance);
    const [row] = await ctx.db.query<{ data: unknown }>("SELECT data FROM outbox_events WHERE aggregate_id = ? AND type = 'sale.stopped'", [
      performance.id,
    ]);
    const [stopped] = await ctx.db.query<{ at: Date }>('SELECT cancelled_at AS at FROM performances WHERE id = ?', [
      idToBinary(performance.id),
    ]);
    const data: unknown = typeof row?.data === 'string' ? JSON.parse(row.data) : row?.data;
    expect(data).toEqual({ performanceId: performance.id, concertId: performance.concertId, stoppedAt: stopped?.at.toISOString() });
  });

  it('keeps the seats of refunded orders for itself, and its tickets are void before that', async () => {
    const performance = await openSale(ctx, 1);
    const [hold, paymentId] = [await holdOne(performance), newId()];
    expect(await confirm(hold, paymentId)).toBe('sold');
    const [ticket] = (await findReservation(ctx.db, hold.id, hold.userId))?.tickets ?? [];
    const look = async () => {
      const { result } = await getTicket(ctx, create(GetTicketRequestSchema, { ticketId: ticket?.id ?? '', userId: hold.userId }));
      return result?.case === 'ticket' ? [result.value.status, result.value.qr !== undefined] : result?.value?.code;
    };
    expect(await look()).toEqual([TicketStatus.VALID, true]);
    await cancel(performance);
    expect(await look()).toEqual([TicketStatus.VOID, false]);
    await releaseReservation(ctx, create(ReleaseReservationRequestSchema, { reservationId: hold.id, paymentId, byOperator: true }));
    expect([await statusOf(hold), await countSeats(ctx, performance)]).toEqual(['REFUNDED', { AVAILABLE: 1 }]);
    expect(await askForSeats(ctx, performance, { quantity: 1, idempotencyKey: randomUUID() })).toBe('sale-over');
  });

  it('is cancelled also where its seats are made after that', async () => {
    const [id, concertId] = [newId(), newId()];
    await cancel({ id, concertId });
    const [startsAt, saleOpensAt] = [86_400_000, -1_000].map((ms) => new Date(Date.now() + ms).toISOString());
    const sections = [{ name: 'Floor', rows: 1, seatsPerRow: 2, price: 1_000 }];
    await ctx.db.transaction((tx) =>
      buildInventory(tx, {
        ...{ performanceId: id, concertId, maxSeatsPerPerson: 4, sections },
        ...{ startsAt: startsAt ?? '', saleOpensAt: saleOpensAt ?? '' },
      }),
    );
    const performance = await ctx.performances.find(id);
    expect(performance && (await askForSeats(ctx, performance, { quantity: 1 }))).toBe('sale-over');
  });
});

describe('a payment that meets the cancellation', () => {
  const atOnce = 5;
  /** Pays for holds, whose performance is cancelled when the payment has seen everything but the seats. @returns the answers, and how many were sold after it */
  async function payWhileCancelled(db: Context['db']): Promise<{ answers: string[]; sold: number }> {
    const performance = await openSale(ctx, atOnce);
    const holds = await Promise.all(Array.from({ length: atOnce }, () => holdOne(performance)));
    let stopped: Promise<void> | undefined;
    const paused = withPause(db, "SET status = 'SOLD'", () => (stopped ??= cancel(performance)));
    const answers: string[] = [];
    for (const hold of holds) answers.push(await confirm(hold, newId(), paused));
    return { answers, sold: (await countSeats(ctx, performance)).SOLD ?? 0 };
  }

  it('gets no seat', async () => {
    expect(await payWhileCancelled(ctx.db)).toEqual({ answers: Array(atOnce).fill('sale-over'), sold: 0 });
  });

  it('would get one without the condition in the update', async () => {
    const { sold } = await payWhileCancelled(withoutGuard(ctx.db, "AND p.status = 'SCHEDULED')", ')'));
    expect(sold).toBe(atOnce);
  });

  it('has its seats where it came first, and another question finds them', async () => {
    const performance = await openSale(ctx, 1);
    const [hold, paymentId] = [await holdOne(performance), newId()];
    expect(await confirm(hold, paymentId)).toBe('sold');
    await cancel(performance);
    expect([await confirm(hold, paymentId), await confirm(hold)]).toEqual(['sold', 'already-paid']);
  });
});
