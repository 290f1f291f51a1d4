import { idToBinary } from '@ticketing/common/database';
import { addEvent } from '@ticketing/common/outbox';
import { createCounter } from '@ticketing/common/telemetry';
import type { SagaContext } from '../sagas/saga-context.ts';
import { endSaga, recordStep, type Saga } from '../sagas/saga-store.ts';
import { capturePoints, releasePoints } from '../wallets/wallet.ts';
import { eventData, findPayment, type Payment } from './payment.ts';

const payments = createCounter('ticketing_payments_total', 'Ended payments by outcome: completed, or the code of the refusal');

/**
 * Confirms the reservation and then captures the points; a definite refusal releases them instead.
 * @throws InvocationFailed when the outcome is not known; asking again is safe, because confirming is idempotent by payment
 */
export async function advancePayment(ctx: SagaContext, saga: Saga): Promise<void> {
  const payment = await findPayment(ctx.db, saga.subjectId);
  if (!payment) throw new Error(`payment ${saga.subjectId} is gone`);
  if (payment.status !== 'PENDING') return;
  const { reservationId, userId } = payment;
  const { result } = await ctx.reservations.confirmReservation({ reservationId, paymentId: payment.id, userId });
  switch (result.case) {
    case 'confirmation':
      return complete(
        ctx,
        saga,
        payment,
        result.value.tickets.map(({ id, seatId }) => ({ id, seatId })),
      );
    case 'refusal':
      return fail(ctx, saga, payment, result.value.code);
    case undefined:
      throw new Error('the reservation service answered nothing');
  }
}

async function complete(ctx: SagaContext, saga: Saga, payment: Payment, tickets: Payment['tickets']): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    if (!(await endSaga(tx, saga.id, 'COMPLETED'))) return;
    await recordStep(tx, saga.id, 'confirm-reservation', 'done');
    await capturePoints(tx, payment.userId, payment.amount, payment.id);
    await recordStep(tx, saga.id, 'capture-points', 'done');
    await tx.execute("UPDATE payments SET status = 'COMPLETED', tickets = ? WHERE id = ?", [
      JSON.stringify(tickets),
      idToBinary(payment.id),
    ]);
    await addEvent(tx, 'payment.completed', payment.id, eventData(payment));
    payments.add(1, { outcome: 'completed' });
  });
}

async function fail(ctx: SagaContext, saga: Saga, payment: Payment, failure: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    if (!(await endSaga(tx, saga.id, 'COMPENSATED'))) return;
    await recordStep(tx, saga.id, 'confirm-reservation', failure);
    await releasePoints(tx, payment.userId, payment.amount);
    await recordStep(tx, saga.id, 'release-points', 'done');
    await tx.execute("UPDATE payments SET status = 'FAILED', failure = ?, live_reservation_id = NULL WHERE id = ?", [
      failure,
      idToBinary(payment.id),
    ]);
    await addEvent(tx, 'payment.failed', payment.id, { ...eventData(payment), failure });
    payments.add(1, { outcome: failure });
  });
}
