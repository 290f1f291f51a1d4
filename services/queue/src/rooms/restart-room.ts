import type { MessageInitShape } from '@bufbuild/protobuf';
import { isRefusal, refusalResult } from '@ticketing/common/refusal';
import type { RestartRoomRequest, RestartRoomResponseSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import type { Context } from '../context.ts';
import { describeRoom } from './describe-room.ts';

/**
 * Opens a lost room again, empty, with a new draw and without values of its own. Refuses with `room-not-lost` or `concert-not-found`.
 */
export async function restartRoom(
  ctx: Context,
  { concertId }: RestartRoomRequest,
): Promise<MessageInitShape<typeof RestartRoomResponseSchema>> {
  const room = await ctx.rooms.restart(concertId);
  if (isRefusal(room)) return { result: refusalResult(room) };
  ctx.log.warn({ concertId, epoch: room.epoch }, 'a lost waiting room was made anew');
  return { result: { case: 'room', value: await describeRoom(ctx, room, true) } };
}
