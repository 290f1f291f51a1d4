import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { refuseStranger } from './own-performance.ts';

export const releaseBlock = defineRoute(
  {
    method: 'delete',
    path: '/api/v1/admin/performances/{id}/blocks/{blockId}',
    operationId: 'releaseBlock',
    summary: 'Put the seats of a block on sale',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: { params: z.object({ id, blockId: id }) },
    responses: { 204: null },
    problems: ['performance-not-found', 'block-not-found'],
    absent: 'block-not-found',
  },
  async (ctx, { params }, { user }) => {
    const { id: performanceId, blockId } = params;
    const stranger = await refuseStranger(ctx, user, performanceId);
    if (stranger) return stranger;
    const { refusal } = await ctx.services.reservation.releaseBlock({ actor: toActor(user), performanceId, blockId });
    return refusal ? refused({ case: 'refusal', value: refusal }) : { status: 204 };
  },
);
