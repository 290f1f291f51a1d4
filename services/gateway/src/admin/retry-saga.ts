import { z } from 'zod';
import { role } from '../auth/access.ts';
import { id, optionalIdempotencyKey } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { sagaSchema, toSaga } from './saga.ts';

export const retrySaga = defineRoute(
  {
    method: 'post',
    path: '/api/v1/admin/sagas/{id}/retry',
    operationId: 'retrySaga',
    summary: 'Try a saga now, also one that is parked',
    description: 'The answer is the saga after this attempt. While it has no outcome, it stays RUNNING and is tried again.',
    tag: 'Administration',
    access: role('operator'),
    input: { params: z.object({ id }), body: z.strictObject({}).optional(), idempotencyKey: optionalIdempotencyKey },
    responses: { 202: sagaSchema },
    problems: ['saga-not-found', 'saga-ended', 'saga-busy'],
    absent: 'saga-not-found',
  },
  async ({ services }, { params, idempotencyKey }, { user }) => {
    const { result } = await services.payment.retrySaga({ actorId: user.id, sagaId: params.id, idempotencyKey });
    if (result.case !== 'saga') return refused(result);
    return { status: 202, body: toSaga(result.value) };
  },
);
