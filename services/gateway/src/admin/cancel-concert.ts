import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { forgetConcert } from '../concerts/keep-catalogue.ts';
import { id, optionalIdempotencyKey } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { cancelledSchema, countRefunds } from './cancellation.ts';

export const cancelConcert = defineRoute(
  {
    method: 'post',
    path: '/api/v1/admin/concerts/{id}/cancel',
    operationId: 'cancelConcert',
    summary: 'Cancel a concert and all its performances that have not begun',
    description: 'The waiting room closes; for each performance it is as if it were cancelled. A draft has nothing to cancel.',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: { params: z.object({ id }), idempotencyKey: optionalIdempotencyKey },
    responses: { 202: cancelledSchema },
    problems: ['concert-not-found', 'concert-not-published'],
    absent: 'concert-not-found',
  },
  async (ctx, { params, idempotencyKey }, { user }) => {
    const { result } = await ctx.services.organiser.cancelConcert({ concertId: params.id, actor: toActor(user), idempotencyKey });
    if (result.case !== 'cancelled') return refused(result);
    forgetConcert(ctx.kept, params.id);
    const { refunds } = await countRefunds(ctx, result.value);
    return { status: 202, body: { id: params.id, refunds } };
  },
);
