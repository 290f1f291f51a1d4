import type { MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { isRefusal, refusalResult } from '@ticketing/common/refusal';
import type { GetRoomRequest, GetRoomResponseSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import type { Context } from '../context.ts';
import { describeRoom } from './describe-room.ts';

/** Refuses with `concert-not-found`, for those who run the room also where it is somebody else's, `room-not-found` or `waiting-room-lost`, and those who run the room with `sale-over` where it is gone. */
export async function getRoom(ctx: Context, request: GetRoomRequest): Promise<MessageInitShape<typeof GetRoomResponseSchema>> {
  const { concertId, manage } = request;
  const denied = manage ? await ctx.authority.look(actorOf(request), concertId) : undefined;
  if (denied) return { result: refusalResult(denied) };
  const room = await (manage ? ctx.rooms.get(concertId) : ctx.rooms.look(concertId));
  if (isRefusal(room)) return { result: refusalResult(room) };
  return { result: { case: 'room', value: await describeRoom(ctx, room, manage) } };
}
