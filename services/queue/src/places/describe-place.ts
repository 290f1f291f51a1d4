import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { QueueTokenSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { stateOf } from '@ticketing/contracts/room-times';
import type { Context } from '../context.ts';
import { keys, type Room } from '../rooms/room.ts';
import { standingOf } from './standing.ts';
import type { Visit } from './visit-place.ts';

/** What a person is told about a place, with the pass when it is their turn. */
export async function describePlace(
  ctx: Context,
  room: Room,
  userId: string,
  { place, position, serving }: Visit,
): Promise<MessageInitShape<typeof QueueTokenSchema>> {
  const { soldOut } = await ctx.seatsLeft(room.concertId);
  const { capacity, passTtlSeconds } = ctx.admissionOf(room);
  const now = ctx.clock();
  const input = { place, position, serving, room, soldOut, slowestRate: capacity / passTtlSeconds, now };
  const { passExpiresAt, ...standing } = standingOf(input);
  ctx.etaWatch.promise(keys.place(room.concertId, userId), standing.etaSeconds);
  const token = {
    concertId: room.concertId,
    joinNumber: place.joinNumber,
    position: position ?? 0,
    roomState: stateOf(room, now),
    epoch: room.epoch,
    departures: serving.departures.count,
    ...standing,
  };
  if (position === undefined || passExpiresAt === undefined) return token;
  const pass = await ctx.issuePass(room, userId, position, passExpiresAt);
  return { ...token, pass, passExpiresAt: timestampFromMs(passExpiresAt) };
}
