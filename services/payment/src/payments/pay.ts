import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { crashPoint } from '@ticketing/common/crash-point';
import { idToBinary, isDuplicateKey, newId, type Queryable, Rollback } from '@ticketing/common/database';
import { answerOnce, type RecordAnswer } from '@ticketing/common/idempotency';
import { pollUntil } from '@ticketing/common/poll-until';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import { type PayRequest, type PayResponse, PayResponseSchema } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';
import { runSaga } from '../sagas/run-saga.ts';
import { beginSaga, type Saga } from '../sagas/saga-store.ts';
import { reservePoints } from '../wallets/wallet.ts';
import { findPayable, type Payable } from './find-payable.ts';
import { findPayment, type Payment, toPayment } from './payment.ts';

const waitForOutcomeMs = 3_000;

/**
 * Pays for a held reservation from the wallet: reserve points, confirm the reservation, capture the points.
 *
 * The payment is COMPLETED, FAILED (`hold-expired`, `sale-over`, `amount-mismatch`, `already-paid`: points are free again) or, when
 * the reservation service gives no answer, PENDING until recovery has learnt the outcome. Refuses with `reservation-not-found`,
 * `insufficient-points`, `already-paid` or `idempotency-key-reused`.
 */
export async function pay(ctx: Context, request: PayRequest): Promise<MessageInitShape<typeof PayResponseSchema>> {
  const { userId, idempotencyKey: key, reservationId } = request;
  let saga: Saga | undefined;
  const answer = await answerOnce(ctx, { userId, operation: 'pay', key, body: { reservationId } }, PayResponseSchema, async (record) => {
    const begun = await begin(ctx, request, record);
    saga = begun.saga;
    return begun.answer;
  });
  if (isRefusal(answer)) return { result: refusalResult(answer) };
  if (answer.result.case !== 'payment') return answer;
  const paymentId = answer.result.value.id;
  if (saga) {
    await crashPoint('pay.after-commit');
    await runSaga(ctx, saga);
  } else await waitForOutcome(ctx, paymentId);
  const payment = await findPayment(ctx.db, paymentId);
  if (!payment) throw new Error(`payment ${paymentId} is gone`);
  return { result: { case: 'payment', value: toPayment(payment) } };
}

/** Waits, within bounds, for the request that began this payment and is still at it. */
async function waitForOutcome(ctx: Context, paymentId: string): Promise<void> {
  await pollUntil(async () => {
    const payment = await findPayment(ctx.db, paymentId);
    return payment?.status === 'PENDING' ? undefined : payment;
  }, waitForOutcomeMs);
}

interface Begun {
  answer: PayResponse;
  saga?: Saga;
}

async function begin(ctx: Context, request: PayRequest, record: RecordAnswer<PayResponse>): Promise<Begun> {
  const payable = await findPayable(ctx, request.reservationId, request.userId);
  if (isRefusal(payable)) return refused(payable);
  const payment: Payment = { ...payable, id: newId(), userId: request.userId, status: 'PENDING', failure: undefined, tickets: [] };
  return ctx.db.transaction<Begun>(async (tx) => {
    if (!(await insertPayment(tx, payment))) return new Rollback(refused(refuse('already-paid', 'There is a payment for it already.')));
    if (!(await reservePoints(tx, payment.userId, payment.amount))) {
      return new Rollback(refused(refuse('insufficient-points', `It costs ${payment.amount} points.`)));
    }
    const steps = { 'reserve-points': 'done', 'confirm-reservation': 'begun' };
    const saga = await beginSaga(tx, { kind: 'payment', subjectId: payment.id, owner: ctx.config.INSTANCE_ID, steps });
    const answer = create(PayResponseSchema, { result: { case: 'payment', value: toPayment(payment) } });
    await record(tx, answer);
    await crashPoint('pay.before-commit');
    return { answer, saga };
  });
}

function refused(refusal: Refusal): Begun {
  return { answer: create(PayResponseSchema, { result: refusalResult(refusal) }) };
}

/** False: another payment has the reservation. The unique key on live_reservation_id decides. */
async function insertPayment(tx: Queryable, payment: Payment & Payable): Promise<boolean> {
  const reservationId = idToBinary(payment.reservationId);
  try {
    await tx.execute(
      `INSERT INTO payments (id, user_id, reservation_id, live_reservation_id, performance_id, concert_id, amount, status)
       VALUES (?, ?, ?, ?, ?, ?, ?, 'PENDING')`,
      [
        idToBinary(payment.id),
        idToBinary(payment.userId),
        reservationId,
        reservationId,
        idToBinary(payment.performanceId),
        idToBinary(payment.concertId),
        payment.amount,
      ],
    );
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}
