import { create } from '@bufbuild/protobuf';
import { answerKeyed } from '@ticketing/common/answer-keyed';
import { crashPoint } from '@ticketing/common/crash-point';
import { type Queryable, Rollback } from '@ticketing/common/database';
import type { IdempotentRequest, RecordAnswer } from '@ticketing/common/idempotency';
import { pollUntil } from '@ticketing/common/poll-until';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import { type RefundPaymentResponse, RefundPaymentResponseSchema } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';
import { findPayment } from '../payments/payment.ts';
import { runSaga } from '../sagas/run-saga.ts';
import type { Saga } from '../sagas/saga-store.ts';
import { beginRefund } from './begin-refund.ts';
import { findRefund, type Refund, toRefund } from './refund.ts';

const waitForOutcomeMs = 3_000;

/** Who wants a payment to be given back. */
export interface RefundWish {
  once: IdempotentRequest;
  paymentId: string;
  /** Operators give back what anybody paid, others what they paid themselves. */
  byOperator: boolean;
  /** Written in the transaction that begins the refund. */
  alongside?: (tx: Queryable, refund: Refund) => Promise<void>;
}

/**
 * Gives the seats of a payment back and its points to the wallet. PENDING when the reservation service gives no answer.
 * Refuses with `payment-not-found`, `already-refunded`, `refund-not-allowed` or `idempotency-key-reused`.
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
  const { byOperator, once } = wish;
  const payment = await findPayment(ctx.db, wish.paymentId);
  if (!payment || !(byOperator || payment.userId === once.userId)) return refused(refuse('payment-not-found', 'There is no such payment.'));
  return ctx.db.transaction<Begun>(async (tx) => {
    const begun = await beginRefund(tx, payment, { owner: ctx.config.INSTANCE_ID, byOperator });
    if (isRefusal(begun)) return new Rollback(refused(begun));
    const answer = create(RefundPaymentResponseSchema, { result: { case: 'refund', value: toRefund(begun.refund) } });
    await wish.alongside?.(tx, begun.refund);
    await record(tx, answer);
    await crashPoint('refund.before-begin-commit');
    return { answer, saga: begun.saga };
  });
}

function refused(refusal: Refusal): Begun {
  return { answer: create(RefundPaymentResponseSchema, { result: refusalResult(refusal) }) };
}
