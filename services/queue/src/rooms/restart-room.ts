import { createHash } from 'node:crypto';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { isRefusal, refusalResult } from '@ticketing/common/refusal';
import type { RestartRoomRequest, RestartRoomResponseSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import type { Context } from '../context.ts';
import { describeRoom } from './describe-room.ts';

/**
 * Opens a lost room again, empty, with a new draw and the default settings, once for each Idempotency-Key.
 * Refuses with `room-not-lost`, `idempotency-key-reused`, or `concert-not-found`, also for another organiser's concert.
 */
export async function restartRoom(ctx: Context, request: RestartRoomRequest): Promise<MessageInitShape<typeof RestartRoomResponseSchema>> {
  const actor = actorOf(request);
  const { concertId, idempotencyKey } = request;
  const room =
    (await ctx.authority.look(actor, concertId)) ??
    (await ctx.rooms.restart(concertId, {
      ...(idempotencyKey && { key: createHash('sha256').update(`${actor.userId} ${idempotencyKey}`).digest('hex') }),
      approve: (lostEpoch, epoch) => {
        const change = { before: { epoch: lostEpoch }, after: { epoch }, idempotencyKey };
        return ctx.authority.allow(actor, concertId, { action: 'room.restart', ...change });
      },
    }));
  if (isRefusal(room)) return { result: refusalResult(room) };
  ctx.log.warn({ concertId, epoch: room.epoch }, 'a lost waiting room was restarted');
  return { result: { case: 'room', value: await describeRoom(ctx, room, true) } };
}
