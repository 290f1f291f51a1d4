import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { oneOf } from '../http/answers.ts';
import { id, idempotencyKey, krw, shownId } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

const statuses = ['PENDING', 'COMPLETED', 'FAILED'] as const;
const refundSchema = z
  .object({ id: shownId, paymentId: shownId, amount: krw, status: z.enum(statuses) })
  .meta({ id: 'Refund', description: 'Points on their way back to the wallet.' });

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
    const { id: refundId, paymentId, amount, status } = result.value;
    return { status: 201, body: { id: refundId, paymentId, amount: Number(amount), status: oneOf(statuses, status) } };
  },
);
