import type { MessageInitShape } from '@bufbuild/protobuf';
import { recordAudit } from '@ticketing/common/audit';
import type {
  CancelPaymentRequest,
  CancelPaymentResponseSchema,
  CancelTicketsRequest,
  CancelTicketsResponseSchema,
} from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';
import { giveBack, nameTickets } from './give-back.ts';

/** Cancels a paid reservation for an operator: the same as a refund, whosever it is and also once the performance has begun. Refuses as giveBack does. */
export async function cancelPayment(
  ctx: Context,
  request: CancelPaymentRequest,
): Promise<MessageInitShape<typeof CancelPaymentResponseSchema>> {
  return { result: await cancel(ctx, request, []) };
}

/** Cancels some tickets of a paid reservation in the same way. */
export async function cancelTickets(
  ctx: Context,
  request: CancelTicketsRequest,
): Promise<MessageInitShape<typeof CancelTicketsResponseSchema>> {
  return { result: await cancel(ctx, request, request.ticketIds) };
}

type Asked = Pick<CancelPaymentRequest, 'actorId' | 'idempotencyKey' | 'paymentId' | 'reason'>;

function cancel(ctx: Context, { actorId, paymentId, reason, idempotencyKey: key }: Asked, ticketIds: readonly string[]) {
  const named = nameTickets(ticketIds);
  const once = { userId: actorId, operation: 'cancel-payment', key, body: { paymentId, reason, ...named } };
  return giveBack(ctx, {
    ...{ once, paymentId, ...named, byOperator: true },
    alongside: async (tx, { id: refundId }) => {
      const change = { before: { status: 'COMPLETED' }, after: { refundId, ...named }, detail: { reason } };
      await recordAudit(tx, { actorId, action: 'payment.cancel', subject: paymentId, ...change });
    },
  });
}
