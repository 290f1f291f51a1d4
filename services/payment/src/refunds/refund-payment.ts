import type { MessageInitShape } from '@bufbuild/protobuf';
import type { RefundPaymentRequest, RefundPaymentResponseSchema } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';
import { giveBack } from './give-back.ts';

/** Gives a payment back to the person who paid. Refuses as giveBack does. */
export async function refundPayment(
  ctx: Context,
  { userId, idempotencyKey: key, paymentId }: RefundPaymentRequest,
): Promise<MessageInitShape<typeof RefundPaymentResponseSchema>> {
  const once = { userId, operation: 'refund-payment', key, body: { paymentId } };
  return { result: await giveBack(ctx, { once, paymentId, byOperator: false }) };
}
