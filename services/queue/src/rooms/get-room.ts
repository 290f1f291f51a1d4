import type { MessageInitShape } from '@bufbuild/protobuf';
import { isRefusal, refusalResult } from '@ticketing/common/refusal';
import type { GetRoomRequest, GetRoomResponseSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import type { Context } from '../context.ts';
import { describeRoom } from './describe-room.ts';

/** Refuses with `concert-not-found`. */
export async function getRoom(ctx: Context, { concertId }: GetRoomRequest): Promise<MessageInitShape<typeof GetRoomResponseSchema>> {
  const room = await ctx.rooms.get(concertId);
  if (isRefusal(room)) return { result: refusalResult(room) };
  return { result: { case: 'room', value: await describeRoom(ctx, room) } };
}
