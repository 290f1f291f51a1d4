import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { id, idempotencyKey } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { refundSchema, ticketIds, toRefund } from './refund.ts';

export const refundPayment = defineRoute(
  {
    method: 'post',
    path: '/api/v1/payments/{id}/refunds',
    operationId: 'refundPayment',
    summary: 'Give tickets back for points',
    description:
      'These tickets of the payment, or all that are left of it. The other tickets stay good, and their points can be had back later. ' +
      'Of a ticket that is not of this payment nothing is known here: `ticket-not-found`.',
    tag: 'Points and payments',
    access: signedIn,
    input: {
      params: z.object({ id }),
      body: z.strictObject({ ticketIds: ticketIds.optional() }).optional().meta({ id: 'RefundPayment' }),
      idempotencyKey,
    },
    responses: { 201: refundSchema },
    problems: [
      'payment-not-found',
      'ticket-not-found',
      'refund-not-allowed',
      'already-refunded',
      'idempotency-key-reused',
      'request-in-progress',
    ],
    absent: 'payment-not-found',
  },
  async ({ services }, { params, body, idempotencyKey: key }, { user }) => {
    const wish = { userId: user.id, idempotencyKey: key, paymentId: params.id };
    const { result } = body?.ticketIds
      ? await services.payment.refundTickets({ ...wish, ticketIds: body.ticketIds })
      : await services.payment.refundPayment(wish);
    if (result.case !== 'refund') return refused(result);
    return { status: 201, body: toRefund(result.value) };
  },
);
