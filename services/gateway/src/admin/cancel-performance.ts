import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { forgetConcert } from '../concerts/keep-catalogue.ts';
import { id, optionalIdempotencyKey } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { cancelledSchema, countRefunds } from './cancellation.ts';

export const cancelPerformance = defineRoute(
  {
    method: 'post',
    path: '/api/v1/admin/performances/{id}/cancel',
    operationId: 'cancelPerformance',
    summary: 'Cancel a performance: all holds end, and all paid orders are given back',
    description:
      'Possible also once it has begun. Its tickets are void, and a concert is cancelled with its last performance. Sent again it changes nothing; ' +
      'where it is answered 503, the performance may be cancelled already.',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: { params: z.object({ id }), idempotencyKey: optionalIdempotencyKey },
    responses: { 202: cancelledSchema },
    problems: ['performance-not-found'],
    absent: 'performance-not-found',
  },
  async (ctx, { params, idempotencyKey }, { user }) => {
    const { result } = await ctx.services.organiser.cancelPerformance({ performanceId: params.id, actor: toActor(user), idempotencyKey });
    if (result.case !== 'cancelled') return refused(result);
    forgetConcert(ctx.kept, result.value.concertId);
    const { refunds } = await countRefunds(ctx, result.value);
    const headers = { location: `/api/v1/admin/performances/${params.id}/cancellation` };
    return { status: 202, headers, body: { id: params.id, refunds } };
  },
);
