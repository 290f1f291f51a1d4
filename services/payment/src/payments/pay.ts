import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { crashPoint } from '@ticketing/common/crash-point';
import { idFromBinary, idToBinary, newId, type Queryable, Rollback } from '@ticketing/common/database';
import { createGroupWork } from '@ticketing/common/group-work';
import { answerOnce, type KeepAnswer, type KeptAnswer, recordAnswers } from '@ticketing/common/idempotency';
import { pollUntil } from '@ticketing/common/poll-until';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import { type PayRequest, type PayResponse, PayResponseSchema } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';
import { findGivenBack } from '../refunds/refund.ts';
import { runSaga } from '../sagas/run-saga.ts';
import { beginSagas, type Saga } from '../sagas/saga-store.ts';
import { reservePoints } from '../wallets/wallet.ts';
import { settlePayment } from './advance-payment.ts';
import { findPayable, type Payable, toPayable } from './find-payable.ts';
import { findPayment, type Payment, toPayment } from './payment.ts';

const paymentsPerTransaction = 64;
const waitForOutcomeMs = 3_000;

/**
 * Pays for a held reservation from the wallet: reserve points, confirm the reservation, capture the points.
 *
 * The payment is COMPLETED, FAILED (`hold-expired`, `sale-over`, `amount-mismatch`, `already-paid`: points are free again) or, when
 * the reservation service gives no answer, PENDING until recovery has learnt the outcome. Refuses with `reservation-not-found`,
 * `insufficient-points`, `already-paid` or `idempotency-key-reused`.
 */
export async function pay(ctx: Context, request: PayRequest): Promise<MessageInitShape<typeof PayResponseSchema>> {
  const { userId, idempotencyKey: key, reservationId, hold } = request;
  let begun: Begun | undefined;
  const once = { userId, operation: 'pay', key, body: { reservationId } };
  const answer = await answerOnce(ctx, once, PayResponseSchema, async (_record, keep) => {
    const payable = hold ? toPayable(reservationId, hold) : await findPayable(ctx, reservationId, userId);
    const outcome = isRefusal(payable) ? payable : await begin(ctx, payable, userId, keep);
    if (isRefusal(outcome)) return create(PayResponseSchema, { result: refusalResult(outcome) });
    begun = outcome;
    return outcome.answer;
  });
  if (isRefusal(answer)) return { result: refusalResult(answer) };
  if (answer.result.case !== 'payment') return answer;
  const paymentId = answer.result.value.id;
  const settled = begun && (await settle(ctx, begun));
  if (settled) return { result: { case: 'payment', value: toPayment(settled) } };
  const payment = (begun ? undefined : await waitForOutcome(ctx, paymentId)) ?? (await findPayment(ctx.db, paymentId));
  if (!payment) throw new Error(`payment ${paymentId} is gone`);
  return { result: { case: 'payment', value: toPayment(payment, await findGivenBack(ctx.db, paymentId)) } };
}

/** A payment for which points are reserved, and the saga that goes on from there. */
interface Begun {
  payment: Payment;
  saga: Saga;
  answer: PayResponse;
}

/** Undefined: the outcome is not known yet. */
async function settle(ctx: Context, { payment, saga }: Begun): Promise<Payment | undefined> {
  await crashPoint('pay.after-commit');
  let settled: Payment | undefined;
  await runSaga(ctx, saga, async () => {
    settled = await settlePayment(ctx, saga, payment);
  });
  return settled;
}

/** Waits, within bounds, for the request that began this payment and is still at it. */
function waitForOutcome(ctx: Context, paymentId: string): Promise<Payment | undefined> {
  return pollUntil(async () => {
    const payment = await findPayment(ctx.db, paymentId);
    return payment?.status === 'PENDING' ? undefined : payment;
  }, waitForOutcomeMs);
}

/** A payment before it is begun. */
interface NewPayment {
  payment: Payment;
  answer: PayResponse;
  kept: KeptAnswer;
  /** The instance that will drive its saga. */
  owner: string;
}

async function begin(ctx: Context, payable: Payable, userId: string, keep: KeepAnswer<PayResponse>): Promise<Begun | Refusal> {
  const payment: Payment = { ...payable, id: newId(), userId, status: 'PENDING', failure: undefined, tickets: [] };
  const answer = create(PayResponseSchema, { result: { case: 'payment', value: toPayment(payment) } });
  const saga = await beginTogether(ctx.db, { payment, answer, kept: keep(answer), owner: ctx.config.INSTANCE_ID });
  return isRefusal(saga) ? saga : { payment, saga, answer };
}

const beginTogether = createGroupWork(paymentsPerTransaction, (db, wanted: NewPayment[]) =>
  db.transaction<(Saga | Refusal)[]>(async (tx) => {
    const first = await insertPayments(tx, wanted);
    const reserved = await reservePoints(
      tx,
      first.map(({ payment }) => payment),
    );
    const paid = first.filter((_payment, index) => reserved[index]);
    await deletePayments(
      tx,
      first.filter((_payment, index) => !reserved[index]),
    );
    const sagas = await beginSagasOf(tx, paid);
    const outcomes = wanted.map((one): Saga | Refusal => {
      const saga = sagas.get(one.payment.id);
      if (saga) return saga;
      return first.includes(one)
        ? refuse('insufficient-points', `It costs ${one.payment.amount} points.`)
        : refuse('already-paid', 'There is a payment for it already.');
    });
    return paid.length > 0 ? outcomes : new Rollback(outcomes);
  }),
);

/** Begins the sagas of payments for which points are reserved, and keeps their answers. @returns the sagas by payment id */
async function beginSagasOf(tx: Queryable, paid: NewPayment[]): Promise<Map<string, Saga>> {
  const [one] = paid;
  if (!one) return new Map();
  const steps = { 'reserve-points': 'done', 'confirm-reservation': 'begun' };
  const ids = paid.map(({ payment }) => payment.id);
  const sagas = await beginSagas(tx, ids, { kind: 'payment', owner: one.owner, steps });
  await recordAnswers(
    tx,
    paid.map(({ kept }) => kept),
  );
  await crashPoint('pay.before-commit');
  return new Map(sagas.map((saga) => [saga.subjectId, saga]));
}

/** @returns those that have their reservation. Another payment has that of the others: the unique key on live_reservation_id decides */
async function insertPayments(tx: Queryable, wanted: NewPayment[]): Promise<NewPayment[]> {
  const rows = wanted.map(({ payment: { id, userId, reservationId, performanceId, concertId, amount } }) => {
    const live = idToBinary(reservationId);
    return [
      idToBinary(id),
      idToBinary(userId),
      idToBinary(reservationId),
      live,
      idToBinary(performanceId),
      idToBinary(concertId),
      amount,
      'PENDING',
    ];
  });
  await tx.execute(
    `INSERT INTO payments (id, user_id, reservation_id, live_reservation_id, performance_id, concert_id, amount, status) VALUES ?
     ON DUPLICATE KEY UPDATE id = id`,
    [rows],
  );
  const written = await tx.query<{ id: Buffer }>('SELECT id FROM payments WHERE id IN (?)', [
    wanted.map(({ payment }) => idToBinary(payment.id)),
  ]);
  const ids = new Set(written.map((row) => idFromBinary(row.id)));
  return wanted.filter(({ payment }) => ids.has(payment.id));
}

async function deletePayments(tx: Queryable, refused: NewPayment[]): Promise<void> {
  if (refused.length === 0) return;
  await tx.execute('DELETE FROM payments WHERE id IN (?)', [refused.map(({ payment }) => idToBinary(payment.id))]);
}
