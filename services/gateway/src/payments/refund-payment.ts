import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { id, idempotencyKey } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { refundSchema, toRefund } from './refund.ts';

export const refundPayment = defineRoute(
  {
    method: 'post',
    path: '/api/v1/payments/{id}/refunds',
    operationId: 'refundPayment',
    summary: 'Give tickets back for points',
    tag: 'Points and payments',
    access: signedIn,
    input: { params: z.object({ id }), body: z.strictObject({}).optional(), idempotencyKey },
    responses: { 201: refundSchema },
    problems: ['payment-not-found', 'refund-not-allowed', 'already-refunded', 'idempotency-key-reused', 'request-in-progress'],
    absent: 'payment-not-found',
  },
  async ({ services }, { params, idempotencyKey: key }, { user }) => {
    const { result } = await services.payment.refundPayment({ userId: user.id, idempotencyKey: key, paymentId: params.id });
    if (result.case !== 'refund') return refused(result);
    return { status: 201, body: toRefund(result.value) };
  },
);
