import { crashPoint } from '@ticketing/common/crash-point';
import { idToBinary, type Queryable } from '@ticketing/common/database';
import { addEvent } from '@ticketing/common/outbox';
import { createCounter } from '@ticketing/common/telemetry';
import type { ReleaseReservationResponse, ReleaseTicketsResponse } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { eventData, findPayment, lockPayment, type Payment } from '../payments/payment.ts';
import type { SagaContext } from '../sagas/saga-context.ts';
import { endSagas, recordSteps, type Saga } from '../sagas/saga-store.ts';
import { creditPoints } from '../wallets/wallet.ts';
import { findLiveRefunds, findRefund, type Refund } from './refund.ts';

const refunds = createCounter('ticketing_refunds_total', 'Ended refunds by outcome: completed, or the code of the refusal');

/**
 * Puts the seats back on sale and then the points into the wallet; a definite refusal ends the refund and changes nothing.
 * @throws InvocationFailed when the outcome is not known; asking again is safe, because releasing is idempotent by payment or refund
 */
export async function advanceRefund(ctx: SagaContext, saga: Saga): Promise<void> {
  const refund = await findRefund(ctx.db, saga.subjectId);
  const payment = refund && (await findPayment(ctx.db, refund.paymentId));
  if (!payment) throw new Error(`refund ${saga.subjectId} is gone`);
  if (refund.status !== 'PENDING') return;
  await crashPoint('refund.before-release');
  const result = await (saga.kind === 'part-refund' ? releaseSome : releaseAll)(ctx, refund, payment);
  await crashPoint('refund.after-release');
  switch (result.case) {
    case 'release':
      await complete(ctx, saga, refund, payment);
      await crashPoint('refund.after-commit');
      return;
    case 'refusal':
      return fail(ctx, saga, refund, result.value.code);
    case undefined:
      throw new Error('the reservation service answered nothing');
  }
}

async function releaseAll(ctx: SagaContext, { byOperator }: Refund, payment: Payment): Promise<ReleaseReservationResponse['result']> {
  const { reservationId, id: paymentId } = payment;
  return (await ctx.reservations.releaseReservation({ reservationId, paymentId, byOperator })).result;
}

async function releaseSome(ctx: SagaContext, refund: Refund, payment: Payment): Promise<ReleaseTicketsResponse['result']> {
  const { id: refundId, amount, byOperator, ticketIds } = refund;
  const { reservationId, id: paymentId } = payment;
  const wanted = { reservationId, paymentId, refundId, ticketIds, amount: BigInt(amount), byOperator };
  const { result } = await ctx.reservations.releaseTickets(wanted);
  await crashPoint('part-refund.after-release');
  return result;
}

async function complete(ctx: SagaContext, saga: Saga, refund: Refund, payment: Payment): Promise<void> {
  const { userId } = payment;
  await ctx.db.transaction(async (tx) => {
    // The last refund of a payment is the one that ends it, so they end one after the other.
    await lockPayment(tx, payment.id);
    if (!(await endSagas(tx, [saga], 'COMPLETED'))) return;
    if (refund.amount > 0) await creditPoints(tx, [{ kind: 'REFUND', reference: refund.id, userId, amount: refund.amount }]);
    await recordSteps(tx, [saga], { 'release-reservation': 'done', 'credit-points': 'done' });
    await tx.execute("UPDATE refunds SET status = 'COMPLETED' WHERE id = ?", [idToBinary(refund.id)]);
    await tell(tx, refund, payment);
    await crashPoint('refund.before-commit');
    refunds.add(1, { outcome: 'completed' });
  });
}

/** Ends the payment when nothing is left of it, and tells others. */
async function tell(tx: Queryable, { id: refundId, amount, ticketIds }: Refund, payment: Payment): Promise<void> {
  const done = (await findLiveRefunds(tx, payment.id)).filter(({ status }) => status === 'COMPLETED');
  const gone = new Set(done.flatMap((other) => other.ticketIds));
  const named = ticketIds.length > 0 ? ticketIds : payment.tickets.map(({ id }) => id);
  const data = { ...eventData(payment), refundId, amount, ticketIds: named };
  if (done.some((other) => other.ticketIds.length === 0) || payment.tickets.every(({ id }) => gone.has(id))) {
    await tx.execute("UPDATE payments SET status = 'REFUNDED' WHERE id = ?", [idToBinary(payment.id)]);
    await addEvent(tx, 'payment.refunded', payment.id, data);
  } else {
    await addEvent(tx, 'payment.partly-refunded', payment.id, data);
    await crashPoint('part-refund.before-commit');
  }
}

async function fail(ctx: SagaContext, saga: Saga, refund: Refund, failure: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await lockPayment(tx, refund.paymentId);
    if (!(await endSagas(tx, [saga], 'COMPENSATED'))) return;
    await recordSteps(tx, [saga], { 'release-reservation': failure });
    await tx.execute("UPDATE refunds SET status = 'FAILED', failure = ?, live_payment_id = NULL WHERE id = ?", [
      failure,
      idToBinary(refund.id),
    ]);
    await tx.execute('UPDATE refund_tickets SET live_ticket_id = NULL WHERE refund_id = ?', [idToBinary(refund.id)]);
    await handOnKey(tx, refund.paymentId);
    refunds.add(1, { outcome: failure });
  });
}

/** While a payment has live refunds, one of them has its key: otherwise an earlier version would give all of it back. */
async function handOnKey(tx: Queryable, paymentId: string): Promise<void> {
  const live = await findLiveRefunds(tx, paymentId);
  const [next] = live;
  if (!next || live.some(({ hasKey }) => hasKey)) return;
  await tx.execute('UPDATE refunds SET live_payment_id = payment_id WHERE id = ?', [idToBinary(next.id)]);
}
