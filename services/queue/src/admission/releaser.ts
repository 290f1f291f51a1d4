import { createCounter } from '@ticketing/common/telemetry';
import { tailSchema } from '../places/take-places.ts';
import { isOpen, keys, type Room, roomSchema } from '../rooms/room.ts';
import type { RoomIndex } from '../rooms/room-index.ts';
import type { SeatsLeft } from '../rooms/seats-left.ts';
import type { Admission } from '../settings.ts';
import type { StateStore } from '../state/swap-state.ts';
import type { Counters } from './counters.ts';
import { release } from './release.ts';
import { nobodyServed, servingSchema } from './serving.ts';

export interface ReleaserParts {
  store: StateStore;
  index: RoomIndex;
  counters: Counters;
  seatsLeft: (concertId: string) => Promise<SeatsLeft>;
  admissionOf: (room: Room) => Admission;
  /** Milliseconds since 1970. */
  clock: () => number;
}

const admitted = createCounter('ticketing_queue_admitted_total', 'People let in from the waiting rooms');

/**
 * Lets people in, in every room where somebody waits. Two of these at once are safe: each release is computed from the state that it
 * replaces. A room that fails does not hold up the others; the first failure is thrown at the end.
 */
export async function releaseWaiting(parts: ReleaserParts): Promise<void> {
  const rooms = await readOpenRooms(parts);
  if (rooms.length === 0) return;
  const counters = await parts.store.getStates(rooms.flatMap((room) => [keys.tail(room), keys.serving(room)]));
  const outcomes = await Promise.allSettled(
    rooms.map(async (room) => {
      const tail = tailSchema.optional().parse(counters.get(keys.tail(room)))?.tail ?? 0;
      const serving = servingSchema.optional().parse(counters.get(keys.serving(room)))?.serving ?? 0;
      if (tail > serving) await releaseRoom(parts, room, tail);
    }),
  );
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

async function readOpenRooms({ store, index, clock }: ReleaserParts): Promise<Room[]> {
  const concertIds = await index.list();
  if (concertIds.length === 0) return [];
  const values = await store.getStates(concertIds.map(keys.room));
  const rooms = [...values.values()].map((value) => roomSchema.parse(value));
  return rooms.filter((room) => !room.paused && isOpen(room, clock()));
}

async function releaseRoom({ counters, seatsLeft, admissionOf, clock }: ReleaserParts, room: Room, tail: number): Promise<void> {
  const { available } = await seatsLeft(room.concertId);
  const { capacity, passTtlSeconds } = admissionOf(room);
  let before = nobodyServed;
  const after = await counters.change(room, (serving) => {
    before = serving;
    return release(serving, { tail, capacity, passTtlMs: passTtlSeconds * 1_000, remainingSeats: available, now: clock() });
  });
  if (after !== before) admitted.add(after.serving - before.serving);
}
