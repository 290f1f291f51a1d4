import { crashPoint } from '@ticketing/common/crash-point';
import type { StateEntry } from '@ticketing/common/dapr';
import type { Logger } from '@ticketing/common/log';
import { createCounter } from '@ticketing/common/telemetry';
import { isOpen, isOver } from '@ticketing/contracts/room-times';
import { closeDraw, type DrawParts } from '../draw/close-draw.ts';
import { emptyTail, type Tail, tailSchema } from '../places/take-places.ts';
import { keys, letsIn, type Room, roomSchema } from '../rooms/room.ts';
import { openingSoonMs, type RoomIndex } from '../rooms/room-index.ts';
import type { SeatsLeft } from '../rooms/seats-left.ts';
import type { Admission } from '../settings.ts';
import type { StateStore } from '../state/swap-state.ts';
import { createAgenda, type Visited } from './agenda.ts';
import { release } from './release.ts';
import { lastPlace, nobodyServed, type Serving, servingSchema } from './serving.ts';

export interface ReleaserParts extends DrawParts {
  index: Pick<RoomIndex, 'changes' | 'read' | 'remove' | 'adopt'>;
  seatsLeft: (concertId: string) => Promise<SeatsLeft>;
  admissionOf: (room: Room) => Admission;
  /** Milliseconds since 1970. */
  clock: () => number;
  log: Logger;
  /** Is told what each room was like after its turn. */
  observe: (room: Room, tail: number, serving: Serving) => void;
}

const roomsPerTurn = 200;
const roomsPerRead = 25;
// Then a turn looks at no further rooms, so that crowded rooms have the next one soon.
const turnMs = 50;
const failures = createCounter('ticketing_queue_room_failures_total', 'Looks of the releaser at a waiting room that failed');
const called = createCounter('ticketing_queue_admitted_total', 'People called in from the waiting rooms');

/** The releaser of an instance: each call is a turn. It looks at the rooms that have work, at as many as it has the time for. */
export function createReleaser(parts: ReleaserParts): () => Promise<void> {
  const agenda = createAgenda(parts.index, parts.clock);
  const failing = new Set<string>();
  const fail = (concertId: string, error: unknown): void => {
    failures.add(1);
    if (!failing.has(concertId)) parts.log.warn({ err: error, concertId }, 'a waiting room could not be served, will be tried again');
    failing.add(concertId);
    agenda.note(concertId, undefined);
  };
  return async () => {
    const began = parts.clock();
    await agenda.refresh();
    const due = agenda.due(roomsPerTurn);
    const errors: unknown[] = [];
    let looks = 0;
    while (looks < due.length && (looks === 0 || parts.clock() - began < turnMs)) {
      const visits = await tryRooms(parts, due.slice(looks, looks + roomsPerRead));
      looks += visits.size;
      for (const [concertId, visit] of visits) {
        if ('error' in visit) {
          errors.push(visit.error);
          fail(concertId, visit.error);
        } else {
          failing.delete(concertId);
          agenda.note(concertId, visit);
        }
      }
    }
    await agenda.retire();
    // One room that fails is a matter of that room; all of them are an outage.
    if (errors.length > 0 && errors.length === looks) throw errors[0];
  };
}

async function tryRooms(parts: ReleaserParts, concertIds: string[]): Promise<Map<string, Visit>> {
  try {
    return await visitRooms(parts, concertIds);
  } catch (error) {
    return new Map(concertIds.map((concertId) => [concertId, { error }]));
  }
}

type Visit = Visited | { error: unknown };

/**
 * Draws the places of rooms that have opened and calls people in. Two of these at once are safe: each step is computed from the state
 * that it replaces. A room that fails does not hold up the others.
 * @returns how each room is now; it throws when none could be read
 */
export async function visitRooms(parts: ReleaserParts, concertIds: string[]): Promise<Map<string, Visit>> {
  const { store } = parts;
  const values = await store.getStates(concertIds.map(keys.room));
  const rooms = concertIds.map((concertId) => ({
    concertId,
    room: roomSchema.optional().safeParse(values.get(keys.room(concertId))?.value),
  }));
  const states = await readRecords(store, rooms);
  const visit = async ({ room }: (typeof rooms)[number]): Promise<Visit> => {
    if (room.error) return { error: room.error };
    if (!room.data) return { kind: 'idle', line: '' };
    try {
      return await visitRoom(parts, room.data, states);
    } catch (error) {
      return { error };
    }
  };
  return new Map(await Promise.all(rooms.map(async (room) => [room.concertId, await visit(room)] as const)));
}

async function readRecords(store: StateStore, rooms: { room: { data?: Room | undefined } }[]): Promise<Map<string, StateEntry>> {
  const wanted = rooms.flatMap(({ room }) => (room.data ? [keys.tail(room.data), keys.serving(room.data)] : []));
  return wanted.length === 0 ? new Map() : store.getStates(wanted);
}

async function visitRoom(parts: ReleaserParts, room: Room, states: Map<string, StateEntry>): Promise<Visited> {
  const { clock, observe, seatsLeft } = parts;
  const tail = tailSchema.optional().parse(states.get(keys.tail(room))?.value) ?? emptyTail;
  const serving = servingSchema.optional().parse(states.get(keys.serving(room))?.value) ?? nobodyServed;
  const after = isOpen(room, clock()) ? await serveRoom(parts, room, tail, serving) : serving;
  observe(room, tail.tail, after);
  const { soldOut } = lastPlace(after, tail.tail) > after.serving ? await seatsLeft(room.concertId) : { soldOut: false };
  return { line: `${room.epoch}:${tail.tail}:${after.serving}`, ...stateAfter(room, tail, after, soldOut, clock()) };
}

type StateAfter = Visited extends infer V ? (V extends Visited ? Omit<V, 'line'> : never) : never;

function stateAfter(room: Room, tail: Tail, serving: Serving, soldOut: boolean, now: number): StateAfter {
  const { calls, passes, front, graces } = serving;
  if (isOver(room, now) || (room.closed && serving.drawn !== undefined)) return { kind: 'idle' };
  const soonAt = room.opensAt - openingSoonMs;
  if (!isOpen(room, now)) return now < soonAt ? { kind: 'asleep', until: soonAt } : { kind: 'quiet', until: room.opensAt };
  const waiting = lastPlace(serving, tail.tail) - serving.serving + front.length;
  const standsStill = room.paused || soldOut;
  if (waiting > 0 && !standsStill) return { kind: 'busy', waiting };
  const firstEnd = Math.min(...calls.map(({ takeBy }) => takeBy), passes.firstEnd(), ...graces.map(({ until }) => until));
  if (firstEnd === Infinity && waiting === 0) return { kind: 'idle' };
  return { kind: 'quiet', until: standsStill ? Infinity : firstEnd };
}

async function serveRoom(parts: ReleaserParts, room: Room, tail: Tail, serving: Serving): Promise<Serving> {
  const drawn = serving.drawn === undefined ? await closeDraw(parts, room) : serving;
  if (!letsIn(room, parts.clock()) || !hasWork(drawn, tail)) return drawn;
  return releaseRoom(parts, room, tail.tail);
}

// A room where all have been served and all passes and graces have ended is left alone.
function hasWork(state: Serving, { tail }: Tail): boolean {
  const { serving, calls, passes, front, graces } = state;
  return lastPlace(state, tail) > serving || calls.length + passes.count + front.length + graces.length > 0;
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
