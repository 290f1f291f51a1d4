import type { Logger } from '@ticketing/common/log';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { StateStore } from '../state/swap-state.ts';
import { keys, type Room } from './room.ts';

/** How far a room has come: its last join number and the last place that was called. Neither ever goes back. */
export interface Mark {
  joined: number;
  called: number;
}

/** Notices a state store that comes back as it was before, so that no place is given twice. */
export interface HighWater {
  /** Whether the room in the store is behind what this instance or the register has seen of it. */
  isBehind: (room: Room) => Promise<boolean>;
}

interface Known extends Mark {
  /** When the register was asked last, and what it has. */
  askedAt: number;
  registered: Mark;
}

const roomsKnown = 10_000;
const markEveryMs = 1_000;
const askEveryMs = 10_000;
const tailSchema = z.object({ tail: z.int() }).default({ tail: 0 });
const servingSchema = z.object({ serving: z.int() }).default({ serving: 0 });
const nowhere: Mark = { joined: 0, called: 0 };

/** @param mark enters how far a room has come, and gives how far it had come at the most */
export function createHighWater(parts: {
  store: StateStore;
  mark: (room: Room, mark: Mark) => Promise<Mark>;
  log: Logger;
  clock?: () => number;
}): HighWater {
  const { store, mark, log, clock = () => performance.now() } = parts;
  // By epoch.
  const rooms = new LRUCache<string, Known>({ max: roomsKnown });

  const exchange = async (room: Room, known: Known): Promise<void> => {
    known.askedAt = clock();
    try {
      known.registered = await mark(room, { joined: known.joined, called: known.called });
      Object.assign(known, furthest(known, known.registered));
    } catch (error) {
      log.warn({ err: error, concertId: room.concertId }, 'how far the room has come is not compared with the register; tried again');
    }
  };
  const meet = async (room: Room): Promise<Known> => {
    const known = { ...nowhere, registered: nowhere, askedAt: 0 };
    rooms.set(room.epoch, known);
    await exchange(room, known);
    // What the store has beyond it is entered at once.
    known.askedAt -= markEveryMs;
    return known;
  };

  return {
    isBehind: async (room) => {
      const known = rooms.get(room.epoch) ?? (await meet(room));
      // Only now: what was known before must be in the store by this read.
      const before = { joined: known.joined, called: known.called };
      const states = await store.getStates([keys.tail(room), keys.serving(room)]);
      const { tail: joined } = tailSchema.parse(states.get(keys.tail(room))?.value);
      const { serving: called } = servingSchema.parse(states.get(keys.serving(room))?.value);
      if (joined < before.joined || called < before.called) return true;
      Object.assign(known, furthest(known, { joined, called }));
      const news = known.joined > known.registered.joined || known.called > known.registered.called;
      if (clock() - known.askedAt >= (news ? markEveryMs : askEveryMs)) void exchange(room, known);
      return false;
    },
  };
}

function furthest(a: Mark, b: Mark): Mark {
  return { joined: Math.max(a.joined, b.joined), called: Math.max(a.called, b.called) };
}
