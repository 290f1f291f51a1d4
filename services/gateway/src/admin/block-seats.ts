import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { id, line, optionalIdempotencyKey } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { seatPositions } from '../seats/seat-positions.ts';
import { refuseStranger } from './own-performance.ts';
import { seatBlockSchema, toSeatBlock } from './seat-block.ts';

export const blockSeats = defineRoute(
  {
    method: 'post',
    path: '/api/v1/admin/performances/{id}/blocks',
    operationId: 'blockSeats',
    summary: 'Keep seats for guests',
    description: 'All of the seats or none; only those that are free. Nobody can have them until the block is released.',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: {
      params: z.object({ id }),
      body: z.strictObject({ positions: seatPositions(limits.blockedSeats), reason: line(1, 200) }).meta({ id: 'BlockSeats' }),
      idempotencyKey: optionalIdempotencyKey,
    },
    responses: { 201: seatBlockSchema },
    problems: ['performance-not-found', 'seat-not-found', 'seat-taken'],
    absent: 'performance-not-found',
  },
  async (ctx, { params, body, idempotencyKey }, { user }) => {
    const refusal = await refuseStranger(ctx, user, params.id);
    if (refusal) return refusal;
    const request = { actor: toActor(user), performanceId: params.id, ...body, idempotencyKey };
    const { result } = await ctx.services.reservation.blockSeats(request);
    if (result.case !== 'block') return refused(result);
    return { status: 201, body: toSeatBlock(result.value) };
  },
);
