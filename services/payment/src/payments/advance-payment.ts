import { crashPoint } from '@ticketing/common/crash-point';
import { idToBinary } from '@ticketing/common/database';
import { addEvent } from '@ticketing/common/outbox';
import { createCounter } from '@ticketing/common/telemetry';
import type { Confirmation } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { SagaContext } from '../sagas/saga-context.ts';
import { endSaga, recordSteps, type Saga } from '../sagas/saga-store.ts';
import { capturePoints, releasePoints } from '../wallets/wallet.ts';
import { eventData, findPayment, type Payment } from './payment.ts';

const payments = createCounter('ticketing_payments_total', 'Ended payments by outcome: completed, or the code of the refusal');

/**
 * Confirms the reservation and then captures the points; a definite refusal releases them instead. When an operator wants it undone, the
 * reservation is abandoned in place of confirmed: what turns out to be sold already is captured all the same.
 * @throws InvocationFailed when the outcome is not known; asking again is safe, because both are idempotent by payment
 */
export async function advancePayment(ctx: SagaContext, saga: Saga): Promise<void> {
  const payment = await findPayment(ctx.db, saga.subjectId);
  if (!payment) throw new Error(`payment ${saga.subjectId} is gone`);
  if (payment.status !== 'PENDING') return;
  const asked = saga.compensating ? await abandon(ctx, payment) : await confirm(ctx, payment);
  if (asked.case === 'confirmed') {
    await complete(ctx, saga, payment, asked);
    await crashPoint('payment.after-commit');
  } else {
    await crashPoint('payment.after-refusal');
    await fail(ctx, saga, payment, asked);
    await crashPoint('payment.after-compensation-commit');
  }
}

interface Confirmed {
  case: 'confirmed';
  tickets: Payment['tickets'];
  /** The queue pass that the seats were held with; empty where that is not known. */
  passId: string;
}

/** What the reservation service has said; `failure` is the code of its refusal. */
type Asked = Confirmed | { case: 'failed'; step: string; failure: string };

async function confirm(ctx: SagaContext, { id: paymentId, reservationId, userId, amount }: Payment): Promise<Asked> {
  await crashPoint('payment.before-confirm');
  const { result } = await ctx.reservations.confirmReservation({ reservationId, paymentId, userId, amount: BigInt(amount) });
  await crashPoint('payment.after-confirm');
  switch (result.case) {
    case 'confirmation':
      return confirmed(result.value);
    case 'refusal':
      return { case: 'failed', step: 'confirm-reservation', failure: result.value.code };
    case undefined:
      throw new Error('the reservation service answered nothing');
  }
}

async function abandon(ctx: SagaContext, { id: paymentId, reservationId }: Payment): Promise<Asked> {
  const { result } = await ctx.reservations.abandonReservation({ reservationId, paymentId });
  switch (result.case) {
    case 'confirmation':
      return confirmed(result.value);
    case 'release':
      return { case: 'failed', step: 'abandon-reservation', failure: 'payment-abandoned' };
    case undefined:
      throw new Error('the reservation service answered nothing');
  }
}

function confirmed({ tickets, passId }: Confirmation): Confirmed {
  return { case: 'confirmed', tickets: tickets.map(({ id, seatId }) => ({ id, seatId })), passId };
}

async function complete(ctx: SagaContext, saga: Saga, payment: Payment, { tickets, passId }: Confirmed): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    if (!(await endSaga(tx, saga, 'COMPLETED'))) return;
    await capturePoints(tx, payment.userId, payment.amount, payment.id);
    await recordSteps(tx, saga.id, { 'confirm-reservation': 'done', 'capture-points': 'done' });
    await tx.execute("UPDATE payments SET status = 'COMPLETED', tickets = ? WHERE id = ?", [
      JSON.stringify(tickets),
      idToBinary(payment.id),
    ]);
    await addEvent(tx, 'payment.completed', payment.id, { ...eventData(payment), ...(passId !== '' && { passId }) });
    await crashPoint('payment.before-commit');
    payments.add(1, { outcome: 'completed' });
  });
}

async function fail(ctx: SagaContext, saga: Saga, payment: Payment, { step, failure }: Asked & { case: 'failed' }): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    if (!(await endSaga(tx, saga, 'COMPENSATED'))) return;
    await releasePoints(tx, payment.userId, payment.amount);
    await recordSteps(tx, saga.id, { 'confirm-reservation': failure, [step]: failure, 'release-points': 'done' });
    await tx.execute("UPDATE payments SET status = 'FAILED', failure = ?, live_reservation_id = NULL WHERE id = ?", [
      failure,
      idToBinary(payment.id),
    ]);
    await addEvent(tx, 'payment.failed', payment.id, { ...eventData(payment), failure });
    await crashPoint('payment.before-compensation-commit');
    payments.add(1, { outcome: failure });
  });
}
