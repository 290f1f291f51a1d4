import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { QueueTokenSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import type { Serving } from '../admission/serving.ts';
import type { Context } from '../context.ts';
import type { Room } from '../rooms/room.ts';
import type { Place } from './place.ts';
import { standingOf } from './standing.ts';

/** What a person is told about a place, with the pass when it is their turn. */
export async function describePlace(
  ctx: Context,
  room: Room,
  userId: string,
  place: Place,
  serving: Serving,
): Promise<MessageInitShape<typeof QueueTokenSchema>> {
  const { soldOut } = await ctx.seatsLeft(room.concertId);
  const { capacity, passTtlSeconds } = ctx.admissionOf(room);
  const { passExpiresAt, ...standing } = standingOf({
    place,
    serving,
    opensAt: room.opensAt,
    soldOut,
    slowestRate: capacity / passTtlSeconds,
    now: ctx.clock(),
  });
  const token = { concertId: room.concertId, position: place.position, ...standing };
  if (passExpiresAt === undefined) return token;
  const pass = await ctx.issuePass(room, userId, place, passExpiresAt);
  return { ...token, pass, passExpiresAt: timestampFromMs(passExpiresAt) };
}
