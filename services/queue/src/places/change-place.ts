import { crashPoint } from '@ticketing/common/crash-point';
import { endPlace } from '../admission/serving.ts';
import type { Context } from '../context.ts';
import { keptSeconds, keys, type Room } from '../rooms/room.ts';
import { swapStates } from '../state/swap-state.ts';
import { type Place, placeSchema, positionOf } from './place.ts';

/** A change of a person's place. */
export interface PlaceChange {
  userId: string;
  /** Gives the place as it shall be, or the same object to leave it. */
  next: (place: Place) => Place | Promise<Place>;
}

/** A place before and after; both undefined when there is none in this room. */
interface ChangedPlace {
  before?: Place;
  after?: Place;
}

/**
 * Changes the places of people, together where nobody else does. The caller frees places that have ended afterwards (`freePlaces`), in this
 * order: a crash in between keeps a slot taken until its pass expires, while the other order could let two people into one slot.
 */
export async function changePlaces(ctx: Context, room: Room, changes: PlaceChange[]): Promise<ChangedPlace[]> {
  const before: (Place | undefined)[] = [];
  const stored = await swapStates(
    ctx.sidecar,
    placeSchema,
    changes.map(({ userId, next }, index) => ({
      key: keys.place(room.concertId, userId),
      next: (current) => {
        const place = current?.epoch === room.epoch ? current : undefined;
        before[index] = place;
        return place && next(place);
      },
      ttlSeconds: keptSeconds(room),
    })),
  );
  for (const { userId } of changes) ctx.places.forget(room.concertId, userId);
  return stored.map((after, index) => {
    const place = before[index];
    return place && after ? { before: place, after } : {};
  });
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
