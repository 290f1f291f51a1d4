import { z } from 'zod';
import { liveBatch, type Serving } from '../admission/serving.ts';
import type { Room } from '../rooms/room.ts';

/** One person's place in a room, as stored. */
export const placeSchema = z.object({
  /** The room's epoch when the place was taken. */
  epoch: z.string(),
  position: z.int().positive(),
  joinedAt: z.int(),
  /** Kept, not deleted, when the person leaves: whoever finishes an interrupted join can see that it has been done. */
  ended: z.enum(['paid', 'left']).optional(),
  /** The last payments that this person's places have seen, so that a repeated event does not end a newer place. */
  payments: z.array(z.string()),
});

export type Place = z.infer<typeof placeSchema>;

/** Whether the person is still to be served, or is being served; otherwise joining gives a new place. */
export function isStanding(place: Place, room: Room, serving: Serving, now: number): boolean {
  if (place.epoch !== room.epoch || place.ended) return false;
  return place.position > serving.serving || liveBatch(serving, place.position, now) !== undefined;
}
