import type { MessageInitShape } from '@bufbuild/protobuf';
import { isRefusal, refusalResult } from '@ticketing/common/refusal';
import type { GetQueueTokenRequest, GetQueueTokenResponseSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import type { Context } from '../context.ts';
import { describePlace } from './describe-place.ts';
import { notInQueue } from './not-in-queue.ts';
import { findVisit } from './visit-place.ts';

/** Says where a person stands, at most a second late. Refuses with `not-in-queue`, `concert-not-found` or `waiting-room-lost`. */
export async function getQueueToken(
  ctx: Context,
  { concertId, userId }: GetQueueTokenRequest,
): Promise<MessageInitShape<typeof GetQueueTokenResponseSchema>> {
  const room = await ctx.rooms.look(concertId);
  if (isRefusal(room)) return { result: refusalResult(room.code === 'room-not-found' ? notInQueue() : room) };
  const visit = await findVisit(ctx, room, userId);
  if (!visit) return { result: refusalResult(notInQueue()) };
  return { result: { case: 'token', value: await describePlace(ctx, room, userId, visit) } };
}
