import { z } from 'zod';
import { role } from '../auth/access.ts';
import { id, line, optionalIdempotencyKey } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { refundSchema, toRefund } from '../payments/refund.ts';

export const cancelPayment = defineRoute(
  {
    method: 'post',
    path: '/api/v1/admin/payments/{id}/cancel',
    operationId: 'cancelPayment',
    summary: 'Cancel a paid reservation: its seats go back on sale, its points to the buyer',
    description: 'Possible also once the performance has begun.',
    tag: 'Administration',
    access: role('operator'),
    input: {
      params: z.object({ id }),
      body: z.strictObject({ reason: line(1, 500) }).meta({ id: 'CancelPayment' }),
      idempotencyKey: optionalIdempotencyKey,
    },
    responses: { 201: refundSchema },
    problems: ['payment-not-found', 'refund-not-allowed', 'already-refunded'],
    absent: 'payment-not-found',
  },
  async ({ services }, { params, body, idempotencyKey }, { user }) => {
    const { result } = await services.payment.cancelPayment({
      actorId: user.id,
      paymentId: params.id,
      reason: body.reason,
      idempotencyKey,
    });
    if (result.case !== 'refund') return refused(result);
    return { status: 201, body: toRefund(result.value) };
  },
);
