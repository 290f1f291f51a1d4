import { crashPoint } from '@ticketing/common/crash-point';
import { createCounter } from '@ticketing/common/telemetry';
import { closeDraw, type DrawParts } from '../draw/close-draw.ts';
import { emptyTail, type Tail, tailSchema } from '../places/take-places.ts';
import { isOpen, keys, letsIn, type Room, roomSchema } from '../rooms/room.ts';
import type { RoomIndex } from '../rooms/room-index.ts';
import type { SeatsLeft } from '../rooms/seats-left.ts';
import type { Admission } from '../settings.ts';
import { release } from './release.ts';
import { lastPlace, nobodyServed, type Serving, servingSchema } from './serving.ts';

export interface ReleaserParts extends DrawParts {
  index: RoomIndex;
  seatsLeft: (concertId: string) => Promise<SeatsLeft>;
  admissionOf: (room: Room) => Admission;
  /** Milliseconds since 1970. */
  clock: () => number;
  /** Is told what each room was like after its turn. */
  observe: (room: Room, tail: number, serving: Serving) => void;
}

const called = createCounter('ticketing_queue_admitted_total', 'People called in from the waiting rooms');

/**
 * Draws the places of rooms that have opened and calls people in, in every room that somebody has joined. Two of these at once are
 * safe: each step is computed from the state that it replaces. A room that fails does not hold up the others; the first failure is
 * thrown at the end.
 */
export async function releaseWaiting(parts: ReleaserParts): Promise<void> {
  const { store, clock, observe } = parts;
  const rooms = await readRooms(parts);
  if (rooms.length === 0) return;
  const states = await store.getStates(rooms.flatMap((room) => [keys.tail(room), keys.serving(room)]));
  const outcomes = await Promise.allSettled(
    rooms.map(async (room) => {
      const tail = tailSchema.optional().parse(states.get(keys.tail(room))) ?? emptyTail;
      const serving = servingSchema.optional().parse(states.get(keys.serving(room))) ?? nobodyServed;
      observe(room, tail.tail, isOpen(room, clock()) ? await serveRoom(parts, room, tail, serving) : serving);
    }),
  );
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

async function readRooms({ store, index }: ReleaserParts): Promise<Room[]> {
  const concertIds = await index.list();
  if (concertIds.length === 0) return [];
  const values = await store.getStates(concertIds.map(keys.room));
  return [...values.values()].map((value) => roomSchema.parse(value));
}

async function serveRoom(parts: ReleaserParts, room: Room, tail: Tail, serving: Serving): Promise<Serving> {
  const drawn = serving.drawn === undefined ? await closeDraw(parts, room) : serving;
  if (!letsIn(room, parts.clock()) || !hasWork(drawn, tail)) return drawn;
  return releaseRoom(parts, room, tail.tail);
}

// A room where all have been served and all passes and graces have ended is left alone.
function hasWork(state: Serving, { tail }: Tail): boolean {
  const { serving, calls, passes, front, graces } = state;
  return lastPlace(state, tail) > serving || calls.length + passes.length + front.length + graces.length > 0;
}

async function releaseRoom(parts: ReleaserParts, room: Room, tail: number): Promise<Serving> {
  const { counters, seatsLeft, admissionOf, clock } = parts;
  const { seats } = await seatsLeft(room.concertId);
  const { capacity, noShowSeconds, graceSeconds, seatOverbooking } = admissionOf(room);
  let count = 0;
  const after = await counters.change(room, (serving) => {
    const released = release(serving, {
      tail: lastPlace(serving, tail),
      capacity,
      overbooking: seatOverbooking,
      noShowMs: noShowSeconds * 1_000,
      graceMs: graceSeconds * 1_000,
      seats,
      now: clock(),
    });
    count = released.serving - serving.serving;
    return released;
  });
  if (count > 0) await crashPoint('release.after-calls');
  if (count > 0) called.add(count);
  return after;
}
