import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { paymentSchema, toPayment } from './payment.ts';

export const getPayment = defineRoute(
  {
    method: 'get',
    path: '/api/v1/payments/{id}',
    operationId: 'getPayment',
    summary: 'A payment of mine',
    tag: 'Points and payments',
    access: signedIn,
    input: { params: z.object({ id }) },
    responses: { 200: paymentSchema },
    problems: ['payment-not-found'],
    absent: 'payment-not-found',
  },
  async ({ services }, { params }, { user }) => {
    const { result } = await services.payment.getPayment({ userId: user.id, paymentId: params.id });
    if (result.case !== 'payment') return refused(result);
    return { status: 200, body: toPayment(result.value) };
  },
);
