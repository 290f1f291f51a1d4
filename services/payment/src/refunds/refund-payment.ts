import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  RefundPaymentRequest,
  RefundPaymentResponseSchema,
  RefundTicketsRequest,
  RefundTicketsResponseSchema,
} from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';
import { giveBack, nameTickets } from './give-back.ts';

/** Gives all that is left of a payment back to the person who paid. Refuses as giveBack does. */
export async function refundPayment(
  ctx: Context,
  request: RefundPaymentRequest,
): Promise<MessageInitShape<typeof RefundPaymentResponseSchema>> {
  return { result: await refund(ctx, request, []) };
}

/** Gives some tickets back, for the person who paid. Refuses as giveBack does. */
export async function refundTickets(
  ctx: Context,
  request: RefundTicketsRequest,
): Promise<MessageInitShape<typeof RefundTicketsResponseSchema>> {
  return { result: await refund(ctx, request, request.ticketIds) };
}

type Asked = Pick<RefundPaymentRequest, 'userId' | 'idempotencyKey' | 'paymentId'>;

function refund(ctx: Context, { userId, idempotencyKey: key, paymentId }: Asked, ticketIds: readonly string[]) {
  const named = nameTickets(ticketIds);
  const once = { userId, operation: 'refund-payment', key, body: { paymentId, ...named } };
  return giveBack(ctx, { once, paymentId, ...named, byOperator: false });
}
