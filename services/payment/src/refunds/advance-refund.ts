import { crashPoint } from '@ticketing/common/crash-point';
import { idToBinary } from '@ticketing/common/database';
import { addEvent } from '@ticketing/common/outbox';
import { createCounter } from '@ticketing/common/telemetry';
import { eventData, findPayment, type Payment } from '../payments/payment.ts';
import type { SagaContext } from '../sagas/saga-context.ts';
import { endSagas, recordSteps, type Saga } from '../sagas/saga-store.ts';
import { creditPoints } from '../wallets/wallet.ts';
import { findRefund, type Refund } from './refund.ts';

const refunds = createCounter('ticketing_refunds_total', 'Ended refunds by outcome: completed, or the code of the refusal');

/**
 * Puts the seats back on sale and then the points into the wallet; a definite refusal ends the refund and changes nothing.
 * @throws InvocationFailed when the outcome is not known; asking again is safe, because releasing is idempotent by payment
 */
export async function advanceRefund(ctx: SagaContext, saga: Saga): Promise<void> {
  const refund = await findRefund(ctx.db, saga.subjectId);
  const payment = refund && (await findPayment(ctx.db, refund.paymentId));
  if (!payment) throw new Error(`refund ${saga.subjectId} is gone`);
  if (refund.status !== 'PENDING') return;
  await crashPoint('refund.before-release');
  const { reservationId, id: paymentId } = payment;
  const { result } = await ctx.reservations.releaseReservation({ reservationId, paymentId, byOperator: refund.byOperator });
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

async function complete(ctx: SagaContext, saga: Saga, refund: Refund, payment: Payment): Promise<void> {
  const { userId } = payment;
  await ctx.db.transaction(async (tx) => {
    if (!(await endSagas(tx, [saga], 'COMPLETED'))) return;
    await creditPoints(tx, [{ kind: 'REFUND', reference: refund.id, userId, amount: refund.amount }]);
    await recordSteps(tx, [saga], { 'release-reservation': 'done', 'credit-points': 'done' });
    await tx.execute("UPDATE refunds SET status = 'COMPLETED' WHERE id = ?", [idToBinary(refund.id)]);
    await tx.execute("UPDATE payments SET status = 'REFUNDED' WHERE id = ?", [idToBinary(payment.id)]);
    await addEvent(tx, 'payment.refunded', payment.id, { ...eventData(payment), refundId: refund.id });
    await crashPoint('refund.before-commit');
    refunds.add(1, { outcome: 'completed' });
  });
}

async function fail(ctx: SagaContext, saga: Saga, refund: Refund, failure: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    if (!(await endSagas(tx, [saga], 'COMPENSATED'))) return;
    await recordSteps(tx, [saga], { 'release-reservation': failure });
    await tx.execute("UPDATE refunds SET status = 'FAILED', failure = ?, live_payment_id = NULL WHERE id = ?", [
      failure,
      idToBinary(refund.id),
    ]);
    refunds.add(1, { outcome: failure });
  });
}
