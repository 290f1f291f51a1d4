import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { isRefusal, refusalResult } from '@ticketing/common/refusal';
import type { UpdateRoomRequest, UpdateRoomResponseSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import type { Context } from '../context.ts';
import { describeRoom } from './describe-room.ts';

/** Changes what the request gives; every instance goes by it within a second. Refuses with `concert-not-found`. */
export async function updateRoom(
  ctx: Context,
  { concertId, opensAt, capacity, paused, closed, passTtlSeconds }: UpdateRoomRequest,
): Promise<MessageInitShape<typeof UpdateRoomResponseSchema>> {
  const room = await ctx.rooms.update(concertId, {
    opensAt: opensAt && timestampMs(opensAt),
    capacity,
    paused,
    closed,
    passTtlSeconds,
  });
  if (isRefusal(room)) return { result: refusalResult(room) };
  return { result: { case: 'room', value: await describeRoom(ctx, room, true) } };
}
