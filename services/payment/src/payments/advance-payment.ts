import { crashPoint } from '@ticketing/common/crash-point';
import { idToBinary } from '@ticketing/common/database';
import { createGroupWork } from '@ticketing/common/group-work';
import { addEvent, addEvents } from '@ticketing/common/outbox';
import { createCounter, traceHeaders } from '@ticketing/common/telemetry';
import type { Confirmation } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { SagaContext } from '../sagas/saga-context.ts';
import { endSagas, recordSteps, type Saga } from '../sagas/saga-store.ts';
import { capturePoints, releasePoints } from '../wallets/wallet.ts';
import { eventData, findPayment, type Payment } from './payment.ts';

const paymentsPerTransaction = 64;
const payments = createCounter('ticketing_payments_total', 'Ended payments by outcome: completed, or the code of the refusal');

/** Advances the saga of a payment that has no outcome yet. */
export async function advancePayment(ctx: SagaContext, saga: Saga): Promise<void> {
  const payment = await findPayment(ctx.db, saga.subjectId);
  if (!payment) throw new Error(`payment ${saga.subjectId} is gone`);
  if (payment.status === 'PENDING') await settlePayment(ctx, saga, payment);
}

/**
 * Confirms the reservation and then captures the points; a definite refusal releases them instead. When an operator wants it undone, the
 * reservation is abandoned in place of confirmed: what turns out to be sold already is captured all the same.
 * @returns the payment as it is now; undefined when the saga's lease was lost, so that another one settles it
 */
export async function settlePayment(ctx: SagaContext, saga: Saga, payment: Payment): Promise<Payment | undefined> {
  const asked = saga.compensating ? await abandon(ctx, payment) : await confirm(ctx, payment);
  if (asked.case === 'confirmed') {
    const { traceparent } = traceHeaders();
    const isCompleted = await completeTogether(ctx.db, { ...asked, saga, payment, traceparent });
    await crashPoint('payment.after-commit');
    return isCompleted ? { ...payment, status: 'COMPLETED', tickets: asked.tickets } : undefined;
  }
  await crashPoint('payment.after-refusal');
  const isFailed = await fail(ctx, saga, payment, asked);
  await crashPoint('payment.after-compensation-commit');
  return isFailed ? { ...payment, status: 'FAILED', failure: asked.failure } : undefined;
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
  const paid = tickets.map(({ id, seatId, price }) => ({ id, seatId, ...(price !== undefined && { price: Number(price) }) }));
  return { case: 'confirmed', tickets: paid, passId };
}

/** A payment whose reservation is confirmed. */
interface Completion extends Confirmed {
  saga: Saga;
  payment: Payment;
  traceparent: string | undefined;
}

/** False: the saga's lease is lost, and nothing was changed. */
const completeTogether = createGroupWork(paymentsPerTransaction, (db, done: Completion[]) =>
  db.transaction(async (tx) => {
    const sagas = done.map(({ saga }) => saga);
    if (!(await endSagas(tx, sagas, 'COMPLETED'))) {
      if (done.length > 1) throw new Error('one of the sagas has ended, or its lease is lost');
      return [false];
    }
    await capturePoints(
      tx,
      done.map(({ payment }) => payment),
    );
    await recordSteps(tx, sagas, { 'confirm-reservation': 'done', 'capture-points': 'done' });
    await tx.execute(
      `UPDATE payments SET status = 'COMPLETED', tickets = CASE id ${done.map(() => 'WHEN ? THEN ?').join(' ')} END WHERE id IN (?)`,
      [
        ...done.flatMap(({ payment, tickets }) => [idToBinary(payment.id), JSON.stringify(tickets)]),
        done.map(({ payment }) => idToBinary(payment.id)),
      ],
    );
    await addEvents(
      tx,
      'payment.completed',
      done.map(({ payment, passId, traceparent }) => ({
        aggregateId: payment.id,
        data: { ...eventData(payment), ...(passId !== '' && { passId }) },
        traceparent,
      })),
    );
    await crashPoint('payment.before-commit');
    payments.add(done.length, { outcome: 'completed' });
    return done.map(() => true);
  }),
);

/** False: the saga's lease is lost, and nothing was changed. */
function fail(ctx: SagaContext, saga: Saga, payment: Payment, { step, failure }: Asked & { case: 'failed' }): Promise<boolean> {
  return ctx.db.transaction(async (tx) => {
    if (!(await endSagas(tx, [saga], 'COMPENSATED'))) return false;
    await releasePoints(tx, payment);
    await recordSteps(tx, [saga], { 'confirm-reservation': failure, [step]: failure, 'release-points': 'done' });
    await tx.execute("UPDATE payments SET status = 'FAILED', failure = ?, live_reservation_id = NULL WHERE id = ?", [
      failure,
      idToBinary(payment.id),
    ]);
    await addEvent(tx, 'payment.failed', payment.id, { ...eventData(payment), failure });
    await crashPoint('payment.before-compensation-commit');
    payments.add(1, { outcome: failure });
    return true;
  });
}
