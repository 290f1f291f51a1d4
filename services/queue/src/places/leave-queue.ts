import type { MessageInitShape } from '@bufbuild/protobuf';
import { isRefusal, refusalResult } from '@ticketing/common/refusal';
import type { LeaveQueueRequest, LeaveQueueResponseSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import type { Context } from '../context.ts';
import { closeDraw } from '../draw/close-draw.ts';
import type { Room } from '../rooms/room.ts';
import { leaveDraw } from './absences.ts';
import { changePlaces, freePlaces } from './change-place.ts';
import { notInQueue } from './not-in-queue.ts';
import { type Place, positionOf } from './place.ts';
import { findVisit } from './visit-place.ts';

/** Gives a place up; other places stay the same. Refuses with `not-in-queue` or `concert-not-found`. */
export async function leaveQueue(
  ctx: Context,
  { concertId, userId }: LeaveQueueRequest,
): Promise<MessageInitShape<typeof LeaveQueueResponseSchema>> {
  const room = await ctx.rooms.reload(concertId);
  if (isRefusal(room)) return { refusal: refusalResult(room.code === 'room-not-found' ? notInQueue() : room).value };
  // Before the place has ended, so that what a next join counts stays counted.
  if (await findVisit(ctx, room, userId)) await ctx.joinedRooms.leave(concertId, userId);
  const { drawn } = await ctx.counters.reload(room);
  const left = drawn === undefined ? await leaveBeforeDraw(ctx, room, userId) : await leaveLine(ctx, room, userId);
  return left ? {} : { refusal: refusalResult(notInQueue()).value };
}

/** @returns false when the person is not in the room */
async function leaveBeforeDraw(ctx: Context, room: Room, userId: string): Promise<boolean> {
  ctx.places.forget(room.concertId, userId);
  const visit = await findVisit(ctx, room, userId);
  if (!visit) return false;
  const { joinNumber, position } = visit.place;
  if (position === undefined && (await leaveDraw(ctx.absences, room, joinNumber))) return true;
  await closeDraw(ctx, room);
  return leaveLine(ctx, room, userId);
}

/** @returns false when the person is not in the room */
async function leaveLine(ctx: Context, room: Room, userId: string): Promise<boolean> {
  const serving = await ctx.counters.get(room);
  let leaves = false;
  const next = async (place: Place): Promise<Place> => {
    leaves = place.ended !== 'left' && (await positionOf(ctx.draws, room, place, serving)) !== undefined;
    return leaves ? { ...place, ended: 'left' } : place;
  };
  const [changed] = await changePlaces(ctx, room, [{ userId, next }]);
  if (!changed?.after) return false;
  await freePlaces(ctx, room, [changed.after]);
  return leaves;
}
