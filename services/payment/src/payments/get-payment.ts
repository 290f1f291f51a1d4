import type { MessageInitShape } from '@bufbuild/protobuf';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { GetPaymentRequest, GetPaymentResponseSchema } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';
import { findGivenBack } from '../refunds/refund.ts';
import { findPayment, toPayment } from './payment.ts';

/** Refuses with `payment-not-found`, also for somebody else's. */
export async function getPayment(
  ctx: Pick<Context, 'db'>,
  { paymentId, userId }: GetPaymentRequest,
): Promise<MessageInitShape<typeof GetPaymentResponseSchema>> {
  const payment = await findPayment(ctx.db, paymentId);
  if (payment?.userId !== userId) return { result: refusalResult(refuse('payment-not-found', 'You have no such payment.')) };
  return { result: { case: 'payment', value: toPayment(payment, await findGivenBack(ctx.db, paymentId)) } };
}
