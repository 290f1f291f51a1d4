import type { MessageInitShape } from '@bufbuild/protobuf';
import { recordAudit } from '@ticketing/common/audit';
import { Rollback } from '@ticketing/common/database';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import type { CancelPaymentRequest, CancelPaymentResponseSchema } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';
import { findPayment } from '../payments/payment.ts';
import { runSaga } from '../sagas/run-saga.ts';
import { beginRefund } from './begin-refund.ts';
import { findRefund, type Refund, toRefund } from './refund.ts';

type Begun = Exclude<Awaited<ReturnType<typeof beginRefund>>, Refusal>;

/**
 * Cancels a paid reservation for an operator: the same as a refund, whosever it is and also once the performance has begun. PENDING when the reservation service gives no answer.
 * Refuses with `payment-not-found`, `already-refunded` or `refund-not-allowed`.
 */
export async function cancelPayment(
  ctx: Context,
  { actorId, paymentId, reason }: CancelPaymentRequest,
): Promise<MessageInitShape<typeof CancelPaymentResponseSchema>> {
  const payment = await findPayment(ctx.db, paymentId);
  if (!payment) return { result: refusalResult(refuse('payment-not-found', 'There is no such payment.')) };
  const begun = await ctx.db.transaction<Begun | Refusal>(async (tx) => {
    const refund = await beginRefund(tx, payment, { owner: ctx.config.INSTANCE_ID, byOperator: true });
    if (isRefusal(refund)) return new Rollback<Begun | Refusal>(refund);
    await recordAudit(tx, { actorId, action: 'payment.cancel', subject: paymentId, detail: { reason, refundId: refund.refund.id } });
    return refund;
  });
  if (isRefusal(begun)) return { result: refusalResult(begun) };
  await runSaga(ctx, begun.saga);
  return { result: outcomeOf((await findRefund(ctx.db, begun.refund.id)) ?? begun.refund) };
}

function outcomeOf(refund: Refund) {
  if (refund.status !== 'FAILED') return { case: 'refund' as const, value: toRefund(refund) };
  return refusalResult(refuse(refund.failure ?? 'refund-not-allowed', 'The refund was refused; the tickets stay good.'));
}
