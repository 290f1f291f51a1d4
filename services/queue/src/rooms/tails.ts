import { createTimedCache } from '@ticketing/common/timed-cache';
import { emptyTail, type Tail, tailSchema } from '../places/take-places.ts';
import type { StateStore } from '../state/swap-state.ts';
import { keys, type Room } from './room.ts';

/** The ends of the rooms' lines, for those who only look. */
export interface Tails {
  /** At most one second old. */
  get: (room: Room) => Promise<Tail>;
  /** As it is in the store now. */
  reload: (room: Room) => Promise<Tail>;
}

export function createTails(store: StateStore): Tails {
  const load = async (key: string): Promise<Tail> => {
    const entry = await store.getState(key);
    return entry ? tailSchema.parse(entry.value) : emptyTail;
  };
  const cache = createTimedCache({ ttlMs: 1_000, max: 10_000, load });
  return { get: (room) => cache.get(keys.tail(room)), reload: (room) => load(keys.tail(room)) };
}
