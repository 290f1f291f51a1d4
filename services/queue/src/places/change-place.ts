import { crashPoint } from '@ticketing/common/crash-point';
import { endPlace } from '../admission/serving.ts';
import type { Context } from '../context.ts';
import { keptSeconds, keys, type Room } from '../rooms/room.ts';
import { swapState } from '../state/swap-state.ts';
import { type Place, placeSchema, positionOf } from './place.ts';

/**
 * Changes a person's place. The caller frees a place that has ended afterwards (`freePlaces`), in this order: a crash in between keeps a slot
 * taken until its pass expires, while the other order could let two people into one slot.
 * @param change the place as it shall be, or the same object to leave it
 * @returns the place before and after; both undefined when there is none in this room
 */
export async function changePlace(
  ctx: Context,
  room: Room,
  userId: string,
  change: (place: Place) => Place | Promise<Place>,
): Promise<{ before?: Place; after?: Place }> {
  let before: Place | undefined;
  const next = (current: Place | undefined): Place | undefined | Promise<Place> => {
    before = current?.epoch === room.epoch ? current : undefined;
    return before && change(before);
  };
  const after = await swapState(ctx.sidecar, keys.place(room.concertId, userId), placeSchema, next, keptSeconds(room));
  ctx.places.forget(room.concertId, userId);
  return before && after ? { before, after } : {};
}

/** Frees the passes, calls and turns of places that have ended, in one change of the room's serving record. It may be repeated. */
export async function freePlaces(ctx: Context, room: Room, places: Place[]): Promise<void> {
  const ended = places.flatMap(({ ended: how, ...place }) => (how === undefined ? [] : [{ ...place, how }]));
  if (ended.length === 0) return;
  await crashPoint('place.after-end');
  const ends = await Promise.all(ended.map(async (place) => ({ ...place, position: await findPosition(ctx, room, place) })));
  const known = ends.flatMap(({ joinNumber, position, how }) => (position === undefined ? [] : [{ joinNumber, position, how }]));
  if (known.length > 0) await ctx.counters.change(room, (serving) => known.reduce(endPlace, serving));
}

/** The place in the line. The cached serving record may be older than the draw, so it is read again if there is no position yet. */
async function findPosition(ctx: Context, room: Room, place: Pick<Place, 'position' | 'joinNumber'>): Promise<number | undefined> {
  const position = await positionOf(ctx.draws, room, place, await ctx.counters.get(room));
  return position ?? positionOf(ctx.draws, room, place, await ctx.counters.reload(room));
}
