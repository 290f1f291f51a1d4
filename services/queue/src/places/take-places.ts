import { randomUUID } from 'node:crypto';
import { crashPoint } from '@ticketing/common/crash-point';
import { isOpen } from '@ticketing/contracts/room-times';
import { z } from 'zod';
import { lastPlace, type Serving } from '../admission/serving.ts';
import type { Draws } from '../draw/draw.ts';
import { keptSeconds, keys, type Room } from '../rooms/room.ts';
import { type StateStore, swapState } from '../state/swap-state.ts';
import { isStanding, type Place, placeSchema, positionOf } from './place.ts';

/**
 * The end of a room's line, as stored. It names the last batch of people: their places are written after it, so whoever comes next
 * finishes what an interrupted writer began. That makes places gap-free whatever is killed.
 */
export const tailSchema = z.object({
  tail: z.int().nonnegative(),
  /** The last join number of the draw; undefined until it is closed. People who join later come behind it. */
  drawn: z.int().nonnegative().optional(),
  batch: z.object({ id: z.string(), userIds: z.array(z.string()), joinedAt: z.int() }),
});

export type Tail = z.infer<typeof tailSchema>;

export interface TakenPlace {
  place: Place;
  /** False when the person had this place before. */
  created: boolean;
  /** The person's place is over, and there is no further one. */
  refused: boolean;
}

/** A place of another epoch was met: either it is a leftover, or our room is out of date. */
export class OtherEpoch extends Error {
  override readonly name = 'OtherEpoch';
}

/** The draw has been closed since the serving state was read: it is to be read again, so that places behind the draw are known. */
export class DrawClosed extends Error {
  override readonly name = 'DrawClosed';
}

export const emptyTail: Tail = { tail: 0, batch: { id: '', userIds: [], joinedAt: 0 } };

/**
 * Gives every person a place in one compare-and-set on the room's tail; those who stand in the room keep theirs.
 * @param certain the room was just read from the store
 * @param mostPlaces how many places a person may take in the room, one after the other
 * @returns one place per user id, stored, in the given order
 * @throws OtherEpoch when the room is not certain and has to be read again
 * @throws DrawClosed when the serving state has to be read again
 */
export async function takePlaces(
  store: StateStore,
  request: { room: Room; certain: boolean; userIds: string[]; serving: Serving; draws: Draws; mostPlaces: number; now: number },
): Promise<TakenPlace[]> {
  const { room, certain, serving, draws, mostPlaces, now } = request;
  const userIds = [...new Set(request.userIds)];
  const id = randomUUID();
  let places = new Map<string, Place>();
  let refused = new Set<string>();
  const join = async (current = emptyTail): Promise<Tail | undefined> => {
    places = await readPlaces(store, room, [...userIds, ...current.batch.userIds]);
    if (!certain && [...places.values()].some((place) => place.epoch !== room.epoch)) throw new OtherEpoch();
    if (serving.drawn === undefined && (current.drawn ?? 0) > 0) throw new DrawClosed();
    await writeBatch(store, room, current, places, serving);
    const newcomers: string[] = [];
    refused = new Set();
    for (const userId of userIds) {
      const place = places.get(userId);
      if (place?.epoch !== room.epoch) newcomers.push(userId);
      else if (isStanding(place, await positionOf(draws, room, place, serving), serving, now)) continue;
      else if (place.taking < mostPlaces) newcomers.push(userId);
      else refused.add(userId);
    }
    if (newcomers.length === 0) return undefined;
    return {
      tail: current.tail + newcomers.length,
      drawn: current.drawn ?? drawNobody(room, current, now),
      batch: { id, userIds: newcomers, joinedAt: now },
    };
  };
  const stored = await swapState(store, keys.tail(room), tailSchema, join, keptSeconds(room));
  const mine = stored?.batch.id === id ? new Set(stored.batch.userIds) : new Set<string>();
  if (mine.size > 0) await crashPoint('join.after-line');
  if (stored && mine.size > 0) await writeBatch(store, room, stored, places, serving);
  return request.userIds.map((userId) => {
    const place = places.get(userId);
    if (!place) throw new Error('a person was given no place');
    // Of several joins of one person in a batch, the first took the place.
    return { place, created: mine.delete(userId), refused: refused.has(userId) };
  });
}

// In a room that was empty when it opened there is nothing to draw. Where somebody waits, the draw is the releaser's.
function drawNobody(room: Room, { tail }: Tail, now: number): number | undefined {
  return tail === 0 && isOpen(room, now) ? 0 : undefined;
}

async function readPlaces(store: StateStore, { concertId }: Room, userIds: string[]): Promise<Map<string, Place>> {
  const byKey = new Map(userIds.map((userId) => [keys.place(concertId, userId), userId]));
  const values = await store.getStates([...byKey.keys()]);
  const places = new Map<string, Place>();
  for (const [key, userId] of byKey) {
    const entry = values.get(key);
    if (entry) places.set(userId, placeSchema.parse(entry.value));
  }
  return places;
}

/** Writes the places of the tail's batch that are not there yet, and puts them into `places`. */
async function writeBatch(
  store: StateStore,
  room: Room,
  { tail, drawn, batch }: Tail,
  places: Map<string, Place>,
  serving: Serving,
): Promise<void> {
  const { concertId, epoch } = room;
  const wanted = batch.userIds.map((userId, index) => {
    const joinNumber = tail - batch.userIds.length + 1 + index;
    // Behind the draw it is first come, first served.
    const position = drawn !== undefined && joinNumber > drawn ? lastPlace(serving, joinNumber) : undefined;
    const place = { epoch, joinNumber, position, joinedAt: batch.joinedAt, taken: false, ...following(places.get(userId), epoch) };
    return { userId, place: place satisfies Place };
  });
  const missing = wanted.filter(({ userId, place }) => !isWritten(places.get(userId), place));
  const fresh = missing.filter(({ userId }) => !places.has(userId));
  const ttlSeconds = keptSeconds(room);
  const created =
    fresh.length === 0 ||
    (await store.saveStates(fresh.map(({ userId, place }) => ({ key: keys.place(concertId, userId), value: place, ttlSeconds }))));
  // If a place is to be replaced, or another instance wrote one too, each place is handled singly.
  const contested = created ? missing.filter(({ userId }) => places.has(userId)) : missing;
  if (created) for (const { userId, place } of fresh) places.set(userId, place);
  await Promise.all(
    contested.map(async ({ userId, place }) => {
      const write = (current: Place | undefined): Place | undefined =>
        isWritten(current, place) ? undefined : { ...place, ...following(current, epoch) };
      const stored = await swapState(store, keys.place(concertId, userId), placeSchema, write, ttlSeconds);
      places.set(userId, stored ?? place);
    }),
  );
}

/** What a person's next place takes over from the one before. */
function following(before: Place | undefined, epoch: string): Pick<Place, 'taking' | 'payments'> {
  return { taking: before?.epoch === epoch ? before.taking + 1 : 1, payments: before?.payments ?? [] };
}

// A later place of the same person means that this one was written and has ended since.
function isWritten(found: Place | undefined, wanted: Place): boolean {
  return found?.epoch === wanted.epoch && found.joinNumber >= wanted.joinNumber;
}
