import { randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { idFromBinary, idToBinary, newId } from '@ticketing/common/database';
import { pollUntil } from '@ticketing/common/poll-until';
import { withoutGuard, withPause } from '@ticketing/common/testing/without-guard';
import { FollowCancellationsRequestSchema } from '@ticketing/contracts/gen/ticketing/payment/v1/cancellations_pb';
import {
  ChargePointsRequestSchema,
  RefundPaymentRequestSchema,
  RefundTicketsRequestSchema,
} from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';
import { noteHolds } from '../payments/note-holds.ts';
import { findPayment } from '../payments/payment.ts';
import { refundPayment, refundTickets } from '../refunds/refund-payment.ts';
import { runSaga } from '../sagas/run-saga.ts';
import { balanceOf, createTestContext, loseLease, payFor, type ScriptedReservations, takeSaga } from '../testing/test-payments.ts';
import { chargePoints } from '../wallets/charge-points.ts';
import { followCancellations } from './follow-cancellations.ts';
import { noteStoppedSales } from './note-cancellation.ts';
import { sweepCancellations } from './sweep-cancellations.ts';

let ctx: Context;
let neighbour: ScriptedReservations;
beforeAll(async () => {
  const made = await createTestContext();
  ({ neighbour } = made);
  // The stack's own instances sweep too, and would ask the real neighbour: what is noted here is never due for them.
  ctx = { ...made.ctx, db: withoutGuard(made.ctx.db, 'INTERVAL 0 SECOND', 'INTERVAL 1 DAY') };
});
beforeEach(() => {
  neighbour.answer = 'confirmed';
  neighbour.prices = [price];
});
afterAll(() => ctx.stop());

interface Order {
  id: string;
  userId: string;
}

const price = 1_000;

/** Somebody who pays for a seat of a performance with all their points. */
async function order(performanceId: string): Promise<Order> {
  const [userId, reservationId] = [newId(), newId()];
  await chargePoints(ctx, create(ChargePointsRequestSchema, { userId, idempotencyKey: randomUUID(), amount: BigInt(price) }));
  const hold = { reservationId, userId, concertId: newId(), performanceId, seatIds: [newId()], amount: price };
  await noteHolds(ctx.db, [{ ...hold, expiresAt: new Date().toISOString() }]);
  const paid = await payFor(ctx, { userId, reservationId });
  if (typeof paid === 'string') throw new Error(`refused: ${paid}`);
  return { id: paid.id, userId };
}

const orders = (performanceId: string, count: number) => Promise.all(Array.from({ length: count }, () => order(performanceId)));

const progressOf = async (performanceId: string) => {
  const { items = [] } = await followCancellations(ctx, create(FollowCancellationsRequestSchema, { performanceIds: [performanceId] }));
  return { refunds: items[0]?.refunds, done: items[0]?.done };
};
const stop = (performanceId: string) =>
  ctx.db.transaction((tx) => noteStoppedSales(tx, [{ performanceId, concertId: newId(), stoppedAt: new Date().toISOString() }]));

/** A turn of the job for this performance alone. */
const sweep = (performanceId: string, db = ctx.db) =>
  sweepCancellations({
    ...ctx,
    db: withoutGuard(db, 'AND due_at <= UTC_TIMESTAMP(3) AND', `AND performance_id = UNHEX('${performanceId.replaceAll('-', '')}') AND`),
  });

async function isDone(performanceId: string): Promise<boolean> {
  const rows = await ctx.db.query('SELECT 1 FROM cancellations WHERE performance_id = ? AND done_at IS NOT NULL', [
    idToBinary(performanceId),
  ]);
  return rows.length > 0;
}

async function refundsOf({ id }: Order): Promise<number> {
  return (await ctx.db.query('SELECT 1 FROM refunds WHERE payment_id = ?', [idToBinary(id)])).length;
}

/** Begins to refund an order of a cancelled performance, forgets that, and does it again. */
async function beginTwice(db: Context['db']): Promise<Order[]> {
  const performanceId = newId();
  const paid = await orders(performanceId, 1);
  await stop(performanceId);
  neighbour.answer = 'silent';
  await sweep(performanceId, db);
  for (const again of ['UPDATE cancelled_orders SET begun = 0', 'UPDATE cancellations SET done_at = NULL']) {
    await ctx.db.execute(`${again} WHERE performance_id = ?`, [idToBinary(performanceId)]);
  }
  await sweep(performanceId, db);
  return paid;
}

const statusesOf = (paid: Order[]) => Promise.all(paid.map(async ({ id }) => (await findPayment(ctx.db, id))?.status));
const balancesOf = (paid: Order[]) => Promise.all(paid.map(async ({ userId }) => (await balanceOf(ctx, userId)).balance));

describe('a cancelled performance', () => {
  it('is refunded to everybody once, however many instances do it, and not before its sale has stopped', async () => {
    const performanceId = newId();
    const [paid, others] = [await orders(performanceId, 45), await orders(newId(), 2)];
    expect(await progressOf(performanceId)).toEqual({ refunds: 45, done: 0 });
    await sweep(performanceId);
    expect(await progressOf(performanceId)).toEqual({ refunds: 45, done: 0 });
    await stop(performanceId);
    await Promise.all(Array.from({ length: 4 }, () => sweep(performanceId)));
    await sweep(performanceId);
    expect(await progressOf(performanceId)).toEqual({ refunds: 45, done: 45 });
    expect(await statusesOf(paid)).toEqual(Array(45).fill('REFUNDED'));
    expect(await balancesOf(paid)).toEqual(Array(45).fill(price));
    expect(await Promise.all(paid.map(refundsOf))).toEqual(Array(45).fill(1));
    expect(await isDone(performanceId)).toBe(true);
    expect([await statusesOf(others), await balancesOf(others)]).toEqual([Array(2).fill('COMPLETED'), [0, 0]]);
  });

  it('is refunded once, although the job has forgotten what it has begun', async () => {
    const [paid] = await beginTwice(ctx.db);
    expect(paid && (await refundsOf(paid))).toBe(1);
  });

  it('would be refunded twice without a look at its refunds and the key on the payment that is given back', async () => {
    const values = "VALUES (?, ?, ?, ?, 'PENDING', ?)";
    const blind = withoutGuard(ctx.db, "f.payment_id = ? AND f.status <> 'FAILED'", 'f.payment_id = ? AND FALSE');
    const [paid] = await beginTwice(withoutGuard(blind, values, "VALUES (?, ?, IF(? = '', NULL, NULL), ?, 'PENDING', ?)"));
    expect(paid && (await refundsOf(paid))).toBe(2);
  });

  it('goes on where it was killed', async () => {
    const performanceId = newId();
    const paid = await orders(performanceId, 12);
    await stop(performanceId);
    let begun = 0;
    const die = () => ((begun += 1) > 5 ? Promise.reject(new Error('killed')) : Promise.resolve());
    await expect(sweep(performanceId, withPause(ctx.db, 'SET begun = 1', die))).rejects.toThrow('killed');
    expect((await progressOf(performanceId)).done).toBeLessThan(12);
    await sweep(performanceId);
    const done = await pollUntil(async () => ((await progressOf(performanceId)).done === 12 ? true : undefined), 10_000);
    expect([done, await progressOf(performanceId)]).toEqual([true, { refunds: 12, done: 12 }]);
    expect(await Promise.all(paid.map(refundsOf))).toEqual(Array(12).fill(1));
  });

  it('gives back all of an order of which its payer wanted a ticket back, in vain', async () => {
    const performanceId = newId();
    neighbour.prices = [400, 600];
    const [mine] = await orders(performanceId, 1);
    if (!mine) throw new Error('no order');
    const [ticket] = (await findPayment(ctx.db, mine.id))?.tickets ?? [];
    neighbour.answer = 'silent';
    const some = { paymentId: mine.id, ticketIds: ticket ? [ticket.id] : [] };
    await refundTickets(ctx, create(RefundTicketsRequestSchema, { userId: mine.userId, idempotencyKey: randomUUID(), ...some }));
    await stop(performanceId);
    await sweep(performanceId);
    neighbour.answer = 'refund-not-allowed';
    const [own] = await ctx.db.query<{ id: Buffer }>('SELECT id FROM refunds WHERE payment_id = ?', [idToBinary(mine.id)]);
    const refundId = own ? idFromBinary(own.id) : '';
    await loseLease(ctx, refundId);
    await runSaga(ctx, await takeSaga(ctx, refundId));
    neighbour.answer = 'confirmed';
    await sweep(performanceId);
    expect([await statusesOf([mine]), await balancesOf([mine])]).toEqual([['REFUNDED'], [price]]);
    expect(await progressOf(performanceId)).toEqual({ refunds: 1, done: 1 });
  });

  it('leaves a refund that its payer wants to that one, and begins its own where that fails', async () => {
    const performanceId = newId();
    const [mine] = await orders(performanceId, 1);
    if (!mine) throw new Error('no order');
    neighbour.answer = 'silent';
    await refundPayment(ctx, create(RefundPaymentRequestSchema, { userId: mine.userId, idempotencyKey: randomUUID(), paymentId: mine.id }));
    await stop(performanceId);
    await sweep(performanceId);
    expect([await refundsOf(mine), await isDone(performanceId)]).toEqual([1, false]);
    neighbour.answer = 'refund-not-allowed';
    const [own] = await ctx.db.query<{ id: Buffer }>('SELECT id FROM refunds WHERE payment_id = ?', [idToBinary(mine.id)]);
    const refundId = own ? idFromBinary(own.id) : '';
    await loseLease(ctx, refundId);
    await runSaga(ctx, await takeSaga(ctx, refundId));
    expect(await statusesOf([mine])).toEqual(['COMPLETED']);
    await sweep(performanceId);
    expect([await statusesOf([mine]), await refundsOf(mine)]).toEqual([['REFUNDED'], 2]);
    expect(await progressOf(performanceId)).toEqual({ refunds: 1, done: 1 });
  });
});

describe('a payment that is under way when its performance is cancelled', () => {
  /** A payment without an outcome, that completes after a turn of the job. @returns whether the job had ended before, and after its next turn the payment’s status */
  async function payLate(db = ctx.db) {
    const performanceId = newId();
    neighbour.answer = 'silent';
    const [late] = await orders(performanceId, 1);
    if (!late) throw new Error('no order');
    await stop(performanceId);
    neighbour.answer = 'confirmed';
    await sweep(performanceId, db);
    const ended = await isDone(performanceId);
    await loseLease(ctx, late.id);
    await runSaga(ctx, await takeSaga(ctx, late.id));
    await sweep(performanceId, db);
    await sweep(performanceId, db);
    return { ended, statuses: await statusesOf([late]), progress: await progressOf(performanceId) };
  }

  it('is waited for, and given back as well', async () => {
    expect(await payLate()).toEqual({ ended: false, statuses: ['REFUNDED'], progress: { refunds: 1, done: 1 } });
  });

  it('would be forgotten without that', async () => {
    const unguarded = withoutGuard(ctx.db, "s.status IN ('RUNNING', 'PARKED')", 'FALSE');
    expect(await payLate(unguarded)).toMatchObject({ ended: true, statuses: ['COMPLETED'] });
  });
});
