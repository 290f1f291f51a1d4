import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { RoomSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { stateOf } from '@ticketing/contracts/room-times';
import { releaseRate } from '@ticketing/contracts/standing';
import { countWaiting, lastPlace, livePasses, openCalls } from '../admission/serving.ts';
import type { Context } from '../context.ts';
import { drawCommitment, type Room } from './room.ts';

/**
 * A room with its numbers. The draw's seed is shown once the draw is closed.
 * @param fresh whether they are read now; else they are at most a second old, and asking again costs nothing
 */
export async function describeRoom(ctx: Context, room: Room, fresh: boolean): Promise<MessageInitShape<typeof RoomSchema>> {
  const how = fresh ? 'reload' : 'get';
  const [serving, absences, { tail }, seats] = await Promise.all([
    ctx.counters[how](room),
    ctx.absences[how](room),
    ctx.tails[how](room),
    ctx.seatsLeft(room.concertId),
  ]);
  const { drawn } = serving;
  // Before the draw, those that are absent take no place; after it they took none.
  const line = drawn === undefined ? { ...serving, absent: absences.joinNumbers.count(1, tail) } : serving;
  const now = ctx.clock();
  const { capacity, passTtlSeconds } = ctx.admissionOf(room);
  return {
    concertId: room.concertId,
    state: stateOf(room, now),
    opensAt: timestampFromMs(room.opensAt),
    drawCommitment: drawCommitment(room),
    ...(drawn === undefined ? {} : { drawSeed: room.drawSeed, drawSize: drawn - serving.absent }),
    joined: lastPlace(line, tail) - serving.left,
    tail: lastPlace(line, tail),
    serving: serving.serving,
    soldOut: seats.soldOut,
    capacity,
    passTtlSeconds,
    paused: room.paused,
    closed: room.closed,
    waiting: countWaiting(line, tail),
    called: openCalls(serving),
    active: livePasses(serving, now),
    releasedPerSecond: releaseRate(serving, now),
    noShowRate: serving.noShowRate,
  };
}
