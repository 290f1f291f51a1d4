import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { isRefusal, refusalResult } from '@ticketing/common/refusal';
import type { GetRoomLineRequest, GetRoomLineResponseSchema, RoomLineSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { type NumberSet, noNumbers } from '@ticketing/contracts/number-set';
import type { Serving } from '../admission/serving.ts';
import type { Context } from '../context.ts';
import type { Room } from './room.ts';

/** All that the standings of those depend on who are not called yet. Refuses as getRoom does. */
export async function getRoomLine(
  ctx: Context,
  { concertId }: GetRoomLineRequest,
): Promise<MessageInitShape<typeof GetRoomLineResponseSchema>> {
  const room = await ctx.rooms.look(concertId);
  if (isRefusal(room)) return { result: refusalResult(room) };
  const serving = await ctx.counters.get(room);
  const absent = serving.drawn === undefined ? (await ctx.absences.get(room)).joinNumbers : noNumbers;
  const { soldOut } = await ctx.seatsLeft(concertId);
  const { capacity, passTtlSeconds } = ctx.admissionOf(room);
  const line = describeLine(room, serving, absent, { soldOut, slowestRate: capacity / passTtlSeconds, now: ctx.clock() });
  return { result: { case: 'line', value: line } };
}

/** @param absent who is away before the draw */
export function describeLine(
  room: Room,
  serving: Serving,
  absent: NumberSet,
  { now, ...more }: { soldOut: boolean; slowestRate: number; now: number },
): MessageInitShape<typeof RoomLineSchema> {
  const { epoch, opensAt, endsAt, paused, closed } = room;
  return {
    ...{ epoch, paused, closed, drawn: serving.drawn !== undefined, ...more },
    now: timestampFromMs(now),
    opensAt: timestampFromMs(opensAt),
    ...(endsAt !== undefined && { endsAt: timestampFromMs(endsAt) }),
    absent: absent.toJSON(),
    serving: serving.serving,
    front: serving.front.length,
    gone: serving.gone.toJSON(),
    departures: serving.departures.count,
    departed: serving.departures.recent,
    releasedPerSecond: serving.rate.perSecond,
    releasedAt: timestampFromMs(serving.rate.at),
  };
}
