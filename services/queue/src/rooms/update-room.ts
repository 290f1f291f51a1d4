import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { actorOf } from '@ticketing/common/actor';
import { differences } from '@ticketing/common/audit';
import { isRefusal, type Refusal, refusalResult } from '@ticketing/common/refusal';
import type { UpdateRoomRequest, UpdateRoomResponseSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import type { Context } from '../context.ts';
import { describeRoom } from './describe-room.ts';
import type { Room } from './room.ts';

/**
 * Changes what the request gives; every instance goes by it within a second.
 * Refuses with `concert-not-found`, also for another organiser's concert, or `waiting-room-lost`.
 */
export async function updateRoom(ctx: Context, request: UpdateRoomRequest): Promise<MessageInitShape<typeof UpdateRoomResponseSchema>> {
  const room = await change(ctx, request);
  if (isRefusal(room)) return { result: refusalResult(room) };
  return { result: { case: 'room', value: await describeRoom(ctx, room, true) } };
}

async function change(ctx: Context, request: UpdateRoomRequest): Promise<Room | Refusal> {
  const actor = actorOf(request);
  const { concertId, opensAt, capacity, paused, closed, passTtlSeconds } = request;
  const refusal = await ctx.authority.look(actor, concertId);
  if (refusal) return refusal;
  await ctx.rooms.reload(concertId);
  const room = await ctx.rooms.get(concertId);
  if (isRefusal(room)) return room;
  const wanted = { opensAt: opensAt && timestampMs(opensAt), capacity, paused, closed, passTtlSeconds };
  const given = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
  const denied = await ctx.authority.allow(actor, concertId, { action: 'room.update', ...differences(room, given) });
  return denied ?? ctx.rooms.update(concertId, wanted);
}
