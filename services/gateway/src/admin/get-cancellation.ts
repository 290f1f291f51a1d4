import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { cancellationSchema, countRefunds } from './cancellation.ts';

export const getCancellation = defineRoute(
  {
    method: 'get',
    path: '/api/v1/admin/performances/{id}/cancellation',
    operationId: 'getCancellation',
    summary: 'How far the refunds of a cancelled performance are',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: { params: z.object({ id }) },
    responses: { 200: cancellationSchema },
    problems: ['performance-not-found', 'cancellation-not-found'],
    absent: 'performance-not-found',
  },
  async (ctx, { params }, { user }) => {
    const { result } = await ctx.services.organiser.findCancellation({ performanceId: params.id, actor: toActor(user) });
    if (result.case !== 'cancelled') return refused(result);
    return { status: 200, body: { performanceId: params.id, ...(await countRefunds(ctx, result.value)) } };
  },
);
