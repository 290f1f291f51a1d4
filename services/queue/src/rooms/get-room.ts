import type { MessageInitShape } from '@bufbuild/protobuf';
import { isRefusal, refusalResult } from '@ticketing/common/refusal';
import type { GetRoomRequest, GetRoomResponseSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import type { Context } from '../context.ts';
import { describeRoom } from './describe-room.ts';

/** Refuses with `concert-not-found`, `room-not-found` or `waiting-room-lost`, and those who run the room with `sale-over` where it is gone. */
export async function getRoom(
  ctx: Context,
  { concertId, manage }: GetRoomRequest,
): Promise<MessageInitShape<typeof GetRoomResponseSchema>> {
  const room = await (manage ? ctx.rooms.get(concertId) : ctx.rooms.look(concertId));
  if (isRefusal(room)) return { result: refusalResult(room) };
  return { result: { case: 'room', value: await describeRoom(ctx, room, manage) } };
}
