import type { MessageInitShape } from '@bufbuild/protobuf';
import { recordAudit } from '@ticketing/common/audit';
import type { CancelPaymentRequest, CancelPaymentResponseSchema } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';
import { giveBack } from './give-back.ts';

/** Cancels a paid reservation for an operator: the same as a refund, whosever it is and also once the performance has begun. Refuses as giveBack does. */
export async function cancelPayment(
  ctx: Context,
  { actorId, paymentId, reason, idempotencyKey: key }: CancelPaymentRequest,
): Promise<MessageInitShape<typeof CancelPaymentResponseSchema>> {
  const once = { userId: actorId, operation: 'cancel-payment', key, body: { paymentId, reason } };
  const result = await giveBack(ctx, {
    ...{ once, paymentId, byOperator: true },
    alongside: async (tx, { id: refundId }) => {
      const change = { before: { status: 'COMPLETED' }, after: { refundId }, detail: { reason } };
      await recordAudit(tx, { actorId, action: 'payment.cancel', subject: paymentId, ...change });
    },
  });
  return { result };
}
