import { z } from 'zod';
import { isCalled, isInGrace, passEnd, type Serving } from '../admission/serving.ts';
import type { Draws } from '../draw/draw.ts';
import type { Room } from '../rooms/room.ts';

/** One person's place in a room, as stored. */
export const placeSchema = z.object({
  /** The room's epoch when the place was taken. */
  epoch: z.string(),
  /** From 1, in the order in which people joined. */
  joinNumber: z.int().positive(),
  /** The place in the line, where it was taken behind the draw; the others are drawn. */
  position: z.int().positive().optional(),
  joinedAt: z.int(),
  /** Whether the pass was taken: then the call was not missed. */
  taken: z.boolean(),
  /** Kept, not deleted, when the person leaves, so that the instance that completes an interrupted join sees that it was done. */
  ended: z.enum(['paid', 'left']).optional(),
  /** How many places this person has taken in the room, with this one. */
  taking: z.int().positive().default(1),
  /** The last payments that this person's places have seen, so that a repeated event does not end a newer place. */
  payments: z.array(z.string()),
});

export type Place = z.infer<typeof placeSchema>;

/** The place in the line, from 1; undefined until it is drawn, and for who had left before. */
export async function positionOf(
  draws: Draws,
  room: Room,
  place: Pick<Place, 'position' | 'joinNumber'>,
  { drawn, absent }: Serving,
): Promise<number | undefined> {
  if (place.position !== undefined || drawn === undefined) return place.position;
  return (await draws(room, { drawn, absent }))(place.joinNumber);
}

/** Whether a place is still to be served: it waits, is called, may come back to the front, or is not drawn yet. */
export function isWaiting({ ended, taken }: Pick<Place, 'ended' | 'taken'>, position: number | undefined, serving: Serving): boolean {
  if (ended) return false;
  if (position === undefined) return serving.drawn === undefined;
  if (position > serving.serving) return true;
  return isCalled(serving, position) || serving.front.includes(position) || (!taken && isInGrace(serving, position));
}

/** Whether the person is still to be served, or is being served; otherwise joining gives a new place. */
export function isStanding(place: Place, position: number | undefined, serving: Serving, now: number): boolean {
  if (isWaiting(place, position, serving)) return true;
  return !place.ended && position !== undefined && passEnd(serving, position, now) !== undefined;
}
