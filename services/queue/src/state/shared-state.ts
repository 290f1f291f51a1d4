import { createMicroBatcher } from '@ticketing/common/micro-batcher';
import { createTimedCache } from '@ticketing/common/timed-cache';
import type { z } from 'zod';
import { keptSeconds, type Room } from '../rooms/room.ts';
import { type StateStore, swapState } from './swap-state.ts';

/** A record that each room has, shared by all instances. */
export interface SharedState<T> {
  /** At most half a second old. */
  get: (room: Room) => Promise<T>;
  /** As it is in the store now. */
  reload: (room: Room) => Promise<T>;
  /**
   * Writes what follows the present state, and returns it. Changes that come together are written together.
   * @param next gives the same object where nothing changes; it may run several times
   */
  change: (room: Room, next: (current: T) => T) => Promise<T>;
}

const changesPerWrite = 200;

/** @param empty the value while nothing is stored */
export function createSharedState<S extends z.ZodType<object>>(
  store: StateStore,
  { schema, empty, keyOf }: { schema: S; empty: z.infer<S>; keyOf: (room: Room) => string },
): SharedState<z.infer<S>> {
  type T = z.infer<S>;
  const cache = createTimedCache<T>({
    ttlMs: 500,
    max: 10_000,
    load: async (key) => {
      const entry = await store.getState(key);
      return entry ? schema.parse(entry.value) : empty;
    },
  });
  const change = createMicroBatcher<{ room: Room; next: (current: T) => T }, T>({ limit: changesPerWrite }, async (key, changes) => {
    let stored: T | undefined;
    try {
      const write = (current = empty): T | undefined => {
        const wanted = changes.reduce((state, { next }) => next(state), current);
        return wanted === current ? undefined : wanted;
      };
      stored = await swapState(store, key, schema, write, Math.max(...changes.map(({ room }) => keptSeconds(room))));
    } catch (error) {
      // It may have been written all the same.
      cache.forget(key);
      throw error;
    }
    const state = stored ?? empty;
    cache.set(key, state);
    return changes.map(() => state);
  });
  return {
    get: (room) => cache.get(keyOf(room)),
    reload: (room) => {
      cache.forget(keyOf(room));
      return cache.get(keyOf(room));
    },
    change: (room, next) => change(keyOf(room), { room, next }),
  };
}
