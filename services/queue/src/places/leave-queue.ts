import type { MessageInitShape } from '@bufbuild/protobuf';
import { isRefusal, refusalResult } from '@ticketing/common/refusal';
import type { LeaveQueueRequest, LeaveQueueResponseSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import type { Context } from '../context.ts';
import { changePlace } from './change-place.ts';
import { notInQueue } from './not-in-queue.ts';

/** Gives a place up; nobody else's place changes. Refuses with `not-in-queue` or `concert-not-found`. */
export async function leaveQueue(
  ctx: Context,
  { concertId, userId }: LeaveQueueRequest,
): Promise<MessageInitShape<typeof LeaveQueueResponseSchema>> {
  const room = await ctx.rooms.reload(concertId);
  if (isRefusal(room)) return { refusal: refusalResult(room).value };
  const { before } = await changePlace(ctx, room, userId, (place) => (place.ended === 'left' ? place : { ...place, ended: 'left' }));
  return !before || before.ended === 'left' ? { refusal: refusalResult(notInQueue()).value } : {};
}
