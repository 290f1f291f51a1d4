import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import { withoutGuard, withPause } from '@ticketing/common/testing/without-guard';
import {
  CancelReservationRequestSchema,
  ConfirmReservationRequestSchema,
  GetAvailabilityRequestSchema,
  ReleaseReservationRequestSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import type { Performance } from '../performances/performances.ts';
import { getAvailability } from '../seats/get-availability.ts';
import { createSeatCounts } from '../seats/seat-counts.ts';
import { askForSeats, countSeats, createTestContext, expireAllHolds, letBegin, letHoldsExpire, openSale } from '../testing/test-sale.ts';
import { cancelReservation } from './cancel-reservation.ts';
import { confirmReservation } from './confirm-reservation.ts';
import { releaseReservation } from './release-reservation.ts';
import { findReservation } from './reservation.ts';

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

/** `sold`, or the code of the refusal. */
async function confirm({ id, userId }: Held, paymentId = newId(), db = ctx.db): Promise<string> {
  const { result } = await confirmReservation(
    { ...ctx, db },
    create(ConfirmReservationRequestSchema, { reservationId: id, userId, paymentId }),
  );
  return result?.case === 'confirmation' ? 'sold' : (result?.value?.code ?? '');
}

async function release({ id }: Held, paymentId: string, byOperator: boolean): Promise<string> {
  const { result } = await releaseReservation(ctx, create(ReleaseReservationRequestSchema, { reservationId: id, paymentId, byOperator }));
  return result?.case === 'release' ? 'released' : (result?.value?.code ?? '');
}

async function statusOf({ id, userId }: Held): Promise<string | undefined> {
  return (await findReservation(ctx.db, id, userId))?.status;
}

describe('a performance that has begun', () => {
  it('takes no holds', async () => {
    const performance = await openSale(ctx, 2);
    await letBegin(ctx, performance);
    expect(await askForSeats(ctx, performance, { quantity: 1 })).toBe('sale-over');
    expect(await askForSeats(ctx, performance, { seatIds: [...performance.seats.keys()] })).toBe('sale-over');
    expect(await countSeats(ctx, performance)).toEqual({ AVAILABLE: 2 });
  });

  it('sells no hold that was made before, and the refusal stands, whatever the clock says later', async () => {
    const performance = await openSale(ctx, 1);
    const hold = await holdOne(performance);
    const paymentId = newId();
    await letBegin(ctx, performance);
    expect(await confirm(hold, paymentId)).toBe('sale-over');
    expect(await confirm(hold, paymentId)).toBe('sale-over');
    await letBegin(ctx, performance, -3_600);
    expect(await confirm(hold, paymentId)).not.toBe('sold');
    expect([await statusOf(hold), await countSeats(ctx, performance)]).toEqual(['EXPIRED', { AVAILABLE: 1 }]);
  });

  it('leaves what was sold before as it is, for a late question too', async () => {
    const performance = await openSale(ctx, 1);
    const [hold, paymentId] = [await holdOne(performance), newId()];
    await confirm(hold, paymentId);
    await letBegin(ctx, performance);
    expect([await confirm(hold, paymentId), await confirm(hold)]).toEqual(['sold', 'already-paid']);
  });

  it('lets holds go and run out', async () => {
    const performance = await openSale(ctx, 2);
    const [one, two] = [await holdOne(performance), await holdOne(performance)];
    await letBegin(ctx, performance);
    await cancelReservation(ctx, create(CancelReservationRequestSchema, { reservationId: one.id, userId: one.userId }));
    await letHoldsExpire(ctx, performance);
    await expireAllHolds(ctx);
    expect([await statusOf(one), await statusOf(two)]).toEqual(['CANCELLED', 'EXPIRED']);
    expect(await countSeats(ctx, performance)).toEqual({ AVAILABLE: 2 });
    expect([await confirm(one), await confirm(two)]).toEqual(['hold-expired', expect.stringMatching(/^(sale-over|hold-expired)$/)]);
  });

  it('has no seats left, and those of the other evening count', async () => {
    const tonight = await openSale(ctx, 3);
    const tomorrow = await openSale(ctx, 5, { concertId: tonight.concertId });
    await holdOne(tonight);
    await holdOne(tomorrow);
    await letBegin(ctx, tonight);
    const count = async (request: { concertId: string } | { performanceIds: string[] }) => {
      const { items = [] } = await getAvailability(
        { db: ctx.db, seatCounts: createSeatCounts(ctx.db) },
        create(GetAvailabilityRequestSchema, request),
      );
      return Object.fromEntries(items.map(({ performanceId = '', total, available, held }) => [performanceId, { total, available, held }]));
    };
    const expected = { [tonight.id]: { total: 3, available: 0, held: 0 }, [tomorrow.id]: { total: 5, available: 4, held: 1 } };
    expect(await count({ concertId: tonight.concertId })).toEqual(expected);
    expect(await count({ performanceIds: [tonight.id, tomorrow.id] })).toEqual(expected);
  });

  it('gives seats back to an operator only', async () => {
    const performance = await openSale(ctx, 1);
    const [hold, paymentId] = [await holdOne(performance), newId()];
    await confirm(hold, paymentId);
    await letBegin(ctx, performance);
    expect(await release(hold, paymentId, false)).toBe('refund-not-allowed');
    expect(await countSeats(ctx, performance)).toEqual({ SOLD: 1 });
    expect([await release(hold, paymentId, true), await release(hold, paymentId, true)]).toEqual(['released', 'released']);
    expect(await findReservation(ctx.db, hold.id, hold.userId)).toMatchObject({ status: 'REFUNDED', paymentId, tickets: [] });
  });
});

describe('a hold shortly before the beginning', () => {
  it('ends when the performance begins', async () => {
    const performance = await openSale(ctx, 1, { startsInMs: 60_000 });
    const hold = await holdOne(performance);
    const [row] = await ctx.db.query<{ starts_at: Date }>('SELECT starts_at FROM performances WHERE id = ?', [idToBinary(performance.id)]);
    expect((await findReservation(ctx.db, hold.id, hold.userId))?.expiresAt).toEqual(row?.starts_at);
  });

  const atOnce = 20;
  /**
   * Pays for a group of holds before their performance begins, and for another that asks before it and reaches its seats after it.
   * @returns the answers, and how many seats were sold at or after the beginning
   */
  async function payWhileItBegins(db: Context['db']): Promise<{ answers: string[]; late: number }> {
    const performance = await openSale(ctx, 2 * atOnce);
    const holdSome = () => Promise.all(Array.from({ length: atOnce }, () => holdOne(performance)));
    const [early, late] = [await holdSome(), await holdSome()];
    let begun: Promise<void> | undefined;
    const begins = withPause(db, "SET status = 'SOLD'", () => (begun ??= letBegin(ctx, performance, 0)));
    const answers = [
      ...(await Promise.all(early.map((hold) => confirm(hold, newId(), db)))),
      ...(await Promise.all(late.map((hold) => confirm(hold, newId(), begins)))),
    ];
    const [row] = await ctx.db.query<{ late: number }>(
      `SELECT COUNT(*) AS late FROM seats s JOIN performances p ON p.id = s.performance_id
        WHERE p.id = ? AND s.status = 'SOLD' AND s.changed_at >= p.starts_at`,
      [idToBinary(performance.id)],
    );
    return { answers, late: row?.late ?? 0 };
  }

  it('is sold before it or not at all', async () => {
    const { answers, late } = await payWhileItBegins(ctx.db);
    expect(answers).toEqual([...Array(atOnce).fill('sold'), ...Array(atOnce).fill('sale-over')]);
    expect(late).toBe(0);
  });

  it('would be sold after it without the condition in the update', async () => {
    const { late } = await payWhileItBegins(withoutGuard(ctx.db, 'AND p.starts_at > UTC_TIMESTAMP(3)', ''));
    expect(late).toBe(atOnce);
  });
});
