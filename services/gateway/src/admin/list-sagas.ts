import { z } from 'zod';
import { role } from '../auth/access.ts';
import { orNull } from '../http/answers.ts';
import { cursor, limit, nextCursor } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { sagaSchema, sagaStatuses, toSaga } from './saga.ts';

export const listSagas = defineRoute(
  {
    method: 'get',
    path: '/api/v1/admin/sagas',
    operationId: 'listSagas',
    summary: 'Payments and refunds with their steps, newest first',
    tag: 'Administration',
    access: role('operator'),
    input: { query: z.strictObject({ status: z.enum(sagaStatuses).optional(), limit, cursor }) },
    responses: { 200: z.object({ items: z.array(sagaSchema), nextCursor }).meta({ id: 'SagaPage' }) },
    problems: ['invalid-cursor'],
  },
  async ({ services }, { query }) => {
    const { result } = await services.payment.listSagas({ status: query.status ?? '', limit: query.limit, cursor: query.cursor ?? '' });
    if (result.case !== 'page') return refused(result);
    return { status: 200, body: { items: result.value.items.map(toSaga), nextCursor: orNull(result.value.nextCursor) } };
  },
);
