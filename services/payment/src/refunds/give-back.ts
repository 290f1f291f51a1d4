import { create } from '@bufbuild/protobuf';
import { answerKeyed } from '@ticketing/common/answer-keyed';
import { crashPoint } from '@ticketing/common/crash-point';
import { type Queryable, Rollback } from '@ticketing/common/database';
import type { IdempotentRequest, RecordAnswer } from '@ticketing/common/idempotency';
import { pollUntil } from '@ticketing/common/poll-until';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import { type RefundPaymentResponse, RefundPaymentResponseSchema } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';
import { findPayment, type Payment } from '../payments/payment.ts';
import { runSaga } from '../sagas/run-saga.ts';
import type { Saga } from '../sagas/saga-store.ts';
import { beginRefund } from './begin-refund.ts';
import { findRefund, type Refund, toRefund } from './refund.ts';

const waitForOutcomeMs = 3_000;

/** Tickets as they are compared with what was asked before under the same key: their order says nothing, and where none are named there is no field. */
export function nameTickets(ticketIds: readonly string[]): { ticketIds?: string[] } {
  return ticketIds.length > 0 ? { ticketIds: [...new Set(ticketIds)].sort() } : {};
}

/** Who wants a payment to be given back, or some tickets of it. */
export interface RefundWish {
  once: IdempotentRequest;
  paymentId: string;
  /** All that are left where none are named. */
  ticketIds?: string[];
  /** Operators give back what anybody paid, others what they paid themselves. */
  byOperator: boolean;
  /** Written in the transaction that begins the refund. */
  alongside?: (tx: Queryable, refund: Refund) => Promise<void>;
}

/**
 * Gives seats of a payment back and their points to the wallet. PENDING when the reservation service gives no answer.
 * Refuses with `payment-not-found`, `ticket-not-found` (also for one of another payment), `already-refunded`, `refund-not-allowed` or
 * `idempotency-key-reused`.
 */
export async function giveBack(ctx: Context, wish: RefundWish) {
  let saga: Saga | undefined;
  const answer = await answerKeyed(ctx, wish.once, RefundPaymentResponseSchema, async (record) => {
    const begun = await begin(ctx, wish, record);
    saga = begun.saga;
    return begun.answer;
  });
  if (isRefusal(answer)) return refusalResult(answer);
  if (answer.result.case !== 'refund') return answer.result;
  const refundId = answer.result.value.id;
  if (saga) {
    await crashPoint('refund.after-begin-commit');
    await runSaga(ctx, saga);
  } else await waitForOutcome(ctx, refundId);
  const refund = await findRefund(ctx.db, refundId);
  if (!refund) throw new Error(`refund ${refundId} is gone`);
  if (refund.status === 'FAILED') {
    return refusalResult(refuse(refund.failure ?? 'refund-not-allowed', 'The refund was refused; the tickets stay good.'));
  }
  return { case: 'refund' as const, value: toRefund(refund) };
}

/** Waits, within bounds, for the request that began this refund and is still at it. */
async function waitForOutcome(ctx: Context, refundId: string): Promise<void> {
  await pollUntil(async () => {
    const refund = await findRefund(ctx.db, refundId);
    return refund?.status === 'PENDING' ? undefined : refund;
  }, waitForOutcomeMs);
}

interface Begun {
  answer: RefundPaymentResponse;
  saga?: Saga;
}

async function begin(ctx: Context, wish: RefundWish, record: RecordAnswer<RefundPaymentResponse>): Promise<Begun> {
  const { byOperator, once, ticketIds = [] } = wish;
  const payment = await findPayment(ctx.db, wish.paymentId);
  if (!payment || !(byOperator || payment.userId === once.userId)) return refused(refuse('payment-not-found', 'There is no such payment.'));
  const prices = await askPrices(ctx, payment, ticketIds);
  return ctx.db.transaction<Begun>(async (tx) => {
    const begun = await beginRefund(tx, payment, { owner: ctx.config.INSTANCE_ID, byOperator, ticketIds, prices });
    if (isRefusal(begun)) return new Rollback(refused(begun));
    const answer = create(RefundPaymentResponseSchema, { result: { case: 'refund', value: toRefund(begun.refund) } });
    await wish.alongside?.(tx, begun.refund);
    await record(tx, answer);
    await crashPoint('refund.before-begin-commit');
    return { answer, saga: begun.saga };
  });
}

/**
 * By seat id, what the named tickets cost where an earlier version has written the payment.
 * @throws InvocationFailed when it has to ask and gets no answer
 */
async function askPrices(ctx: Context, { reservationId, userId, tickets }: Payment, ticketIds: readonly string[]) {
  if (!tickets.some(({ id, price }) => ticketIds.includes(id) && price === undefined)) return new Map<string, number>();
  const { result } = await ctx.reservations.getReservation({ reservationId, userId });
  if (result.case !== 'reservation') throw new Error(`reservation ${reservationId}, which was paid for, is gone`);
  return new Map(result.value.seats.map(({ id, price }) => [id, Number(price)]));
}

function refused(refusal: Refusal): Begun {
  return { answer: create(RefundPaymentResponseSchema, { result: refusalResult(refusal) }) };
}
