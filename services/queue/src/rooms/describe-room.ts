import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { RoomSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { activeCount, noShowRate } from '../admission/serving.ts';
import type { Context } from '../context.ts';
import { tailSchema } from '../places/take-places.ts';
import { drawCommitment, isOpen, keys, type Room } from './room.ts';

/** A room with its present numbers. The draw's seed is shown once the room has opened. */
export async function describeRoom(ctx: Context, room: Room): Promise<MessageInitShape<typeof RoomSchema>> {
  const [serving, tail, seats] = await Promise.all([
    ctx.counters.get(room),
    ctx.sidecar.getState(keys.tail(room)),
    ctx.seatsLeft(room.concertId),
  ]);
  const now = ctx.clock();
  return {
    concertId: room.concertId,
    opensAt: timestampFromMs(room.opensAt),
    drawCommitment: drawCommitment(room),
    ...(isOpen(room, now) ? { drawSeed: room.drawSeed } : {}),
    joined: tail ? tailSchema.parse(tail.value).tail : 0,
    serving: serving.serving,
    soldOut: seats.soldOut,
    ...ctx.admissionOf(room),
    paused: room.paused,
    active: activeCount(serving, now),
    noShowRate: noShowRate(serving, now),
  };
}
