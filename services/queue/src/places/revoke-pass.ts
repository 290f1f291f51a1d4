import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { refusalResult } from '@ticketing/common/refusal';
import {
  LeaveQueueRequestSchema,
  type RevokePassRequest,
  type RevokePassResponseSchema,
} from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import type { Context } from '../context.ts';
import { leaveQueue } from './leave-queue.ts';

/** Takes a person's place away, and with it the pass. Refuses as leaveQueue does, and with `concert-not-found` for another organiser's concert. */
export async function revokePass(ctx: Context, request: RevokePassRequest): Promise<MessageInitShape<typeof RevokePassResponseSchema>> {
  const { concertId, userId } = request;
  const denied = await ctx.authority.allow(actorOf(request), concertId, { action: 'pass.revoke', before: { userId }, after: null });
  if (denied) return { refusal: refusalResult(denied).value };
  const { refusal } = await leaveQueue(ctx, create(LeaveQueueRequestSchema, { concertId, userId }));
  return refusal ? { refusal } : {};
}
