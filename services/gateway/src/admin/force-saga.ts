import { z } from 'zod';
import { role } from '../auth/access.ts';
import { id, line, optionalIdempotencyKey } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { sagaSchema, toSaga } from './saga.ts';

export const forceSaga = defineRoute(
  {
    method: 'post',
    path: '/api/v1/admin/sagas/{id}/force',
    operationId: 'forceSaga',
    summary: 'Complete or compensate a saga now',
    description:
      'The reservation service has the last word: what it refuses is not completed, what it has sold is not compensated, and without its answer ' +
      'the saga stays RUNNING. The answer is the saga after this attempt.',
    tag: 'Administration',
    access: role('operator'),
    input: {
      params: z.object({ id }),
      body: z.strictObject({ outcome: z.enum(['complete', 'compensate']), reason: line(1, 500) }).meta({ id: 'ForceSaga' }),
      idempotencyKey: optionalIdempotencyKey,
    },
    responses: { 200: sagaSchema },
    problems: ['saga-not-found', 'saga-ended', 'saga-busy', 'saga-not-compensable'],
    absent: 'saga-not-found',
  },
  async ({ services }, { params, body, idempotencyKey }, { user }) => {
    const { result } = await services.payment.forceSaga({ actorId: user.id, sagaId: params.id, ...body, idempotencyKey });
    if (result.case !== 'saga') return refused(result);
    return { status: 200, body: toSaga(result.value) };
  },
);
