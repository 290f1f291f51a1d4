import { z } from 'zod';
import { role } from '../auth/access.ts';
import { id, line, optionalIdempotencyKey } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { refundSchema, ticketIds, toRefund } from '../payments/refund.ts';

export const cancelPayment = defineRoute(
  {
    method: 'post',
    path: '/api/v1/admin/payments/{id}/cancel',
    operationId: 'cancelPayment',
    summary: 'Cancel a paid reservation, or some of its tickets: the seats go back on sale, the points to the buyer',
    description: 'Possible also once the performance has begun.',
    tag: 'Administration',
    access: role('operator'),
    input: {
      params: z.object({ id }),
      body: z.strictObject({ reason: line(1, 500), ticketIds: ticketIds.optional() }).meta({ id: 'CancelPayment' }),
      idempotencyKey: optionalIdempotencyKey,
    },
    responses: { 201: refundSchema },
    problems: ['payment-not-found', 'ticket-not-found', 'refund-not-allowed', 'already-refunded'],
    absent: 'payment-not-found',
  },
  async ({ services }, { params, body, idempotencyKey }, { user }) => {
    const wish = { actorId: user.id, paymentId: params.id, reason: body.reason, idempotencyKey };
    const { result } = body.ticketIds
      ? await services.payment.cancelTickets({ ...wish, ticketIds: body.ticketIds })
      : await services.payment.cancelPayment(wish);
    if (result.case !== 'refund') return refused(result);
    return { status: 201, body: toRefund(result.value) };
  },
);
