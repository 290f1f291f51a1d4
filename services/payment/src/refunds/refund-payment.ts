import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { crashPoint } from '@ticketing/common/crash-point';
import { Rollback } from '@ticketing/common/database';
import { answerOnce, type RecordAnswer } from '@ticketing/common/idempotency';
import { pollUntil } from '@ticketing/common/poll-until';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import {
  type RefundPaymentRequest,
  type RefundPaymentResponse,
  RefundPaymentResponseSchema,
} from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';
import { findPayment } from '../payments/payment.ts';
import { runSaga } from '../sagas/run-saga.ts';
import type { Saga } from '../sagas/saga-store.ts';
import { beginRefund } from './begin-refund.ts';
import { findRefund, toRefund } from './refund.ts';

const waitForOutcomeMs = 3_000;

/**
 * Gives the seats of a payment back and its points to the wallet. PENDING when the reservation service gives no answer.
 * Refuses with `payment-not-found`, `already-refunded`, `refund-not-allowed` or `idempotency-key-reused`.
 */
export async function refundPayment(
  ctx: Context,
  request: RefundPaymentRequest,
): Promise<MessageInitShape<typeof RefundPaymentResponseSchema>> {
  const { userId, idempotencyKey: key, paymentId } = request;
  let saga: Saga | undefined;
  const answer = await answerOnce(
    ctx,
    { userId, operation: 'refund-payment', key, body: { paymentId } },
    RefundPaymentResponseSchema,
    async (record) => {
      const begun = await begin(ctx, request, record);
      saga = begun.saga;
      return begun.answer;
    },
  );
  if (isRefusal(answer)) return { result: refusalResult(answer) };
  if (answer.result.case !== 'refund') return answer;
  const refundId = answer.result.value.id;
  if (saga) {
    await crashPoint('refund.after-begin-commit');
    await runSaga(ctx, saga);
  } else await waitForOutcome(ctx, refundId);
  const refund = await findRefund(ctx.db, refundId);
  if (!refund) throw new Error(`refund ${refundId} is gone`);
  if (refund.status === 'FAILED') {
    return { result: refusalResult(refuse(refund.failure ?? 'refund-not-allowed', 'The refund was refused; the tickets stay good.')) };
  }
  return { result: { case: 'refund', value: toRefund(refund) } };
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

async function begin(ctx: Context, request: RefundPaymentRequest, record: RecordAnswer<RefundPaymentResponse>): Promise<Begun> {
  const payment = await findPayment(ctx.db, request.paymentId);
  if (payment?.userId !== request.userId) return refused(refuse('payment-not-found', 'You have no such payment.'));
  return ctx.db.transaction<Begun>(async (tx) => {
    const begun = await beginRefund(tx, payment, { owner: ctx.config.INSTANCE_ID, byOperator: false });
    if (isRefusal(begun)) return new Rollback(refused(begun));
    const answer = create(RefundPaymentResponseSchema, { result: { case: 'refund', value: toRefund(begun.refund) } });
    await record(tx, answer);
    await crashPoint('refund.before-begin-commit');
    return { answer, saga: begun.saga };
  });
}

function refused(refusal: Refusal): Begun {
  return { answer: create(RefundPaymentResponseSchema, { result: refusalResult(refusal) }) };
}
