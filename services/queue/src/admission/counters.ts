import { createMicroBatcher } from '@ticketing/common/micro-batcher';
import { createTimedCache } from '@ticketing/common/timed-cache';
import { keptSeconds, keys, type Room } from '../rooms/room.ts';
import { type StateStore, swapState } from '../state/swap-state.ts';
import { nobodyServed, type Serving, servingSchema } from './serving.ts';

/** What follows a serving state; the same object where nothing changes. It may run several times. */
export type ServingChange = (serving: Serving) => Serving;

/** The serving counters of the rooms. */
export interface Counters {
  /** At most one second old. */
  get: (room: Room) => Promise<Serving>;
  /** As it is in the store now. */
  reload: (room: Room) => Promise<Serving>;
  /** Writes what follows the present state, and returns it. Changes that come together are written together. */
  change: (room: Room, next: ServingChange) => Promise<Serving>;
}

const changesPerWrite = 200;

export function createCounters(store: StateStore): Counters {
  const cache = createTimedCache({
    ttlMs: 1_000,
    max: 10_000,
    load: async (key): Promise<Serving> => {
      const entry = await store.getState(key);
      return entry ? servingSchema.parse(entry.value) : nobodyServed;
    },
  });
  const change = createMicroBatcher<{ room: Room; next: ServingChange }, Serving>({ limit: changesPerWrite }, async (key, changes) => {
    let stored: Serving | undefined;
    try {
      const write = (current = nobodyServed): Serving | undefined => {
        const wanted = changes.reduce((serving, { next }) => next(serving), current);
        return wanted === current ? undefined : wanted;
      };
      stored = await swapState(store, key, servingSchema, write, Math.max(...changes.map(({ room }) => keptSeconds(room))));
    } catch (error) {
      // It may have been written all the same.
      cache.forget(key);
      throw error;
    }
    const serving = stored ?? nobodyServed;
    cache.set(key, serving);
    return changes.map(() => serving);
  });
  return {
    get: (room) => cache.get(keys.serving(room)),
    reload: (room) => {
      cache.forget(keys.serving(room));
      return cache.get(keys.serving(room));
    },
    change: (room, next) => change(keys.serving(room), { room, next }),
  };
}
