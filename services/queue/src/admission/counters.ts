import { createTimedCache } from '@ticketing/common/timed-cache';
import { keys, type Room } from '../rooms/room.ts';
import { createMicroBatcher } from '../state/micro-batcher.ts';
import { type StateStore, swapState } from '../state/swap-state.ts';
import { endPlace, nobodyServed, type PlaceEnd, type Serving, servingSchema } from './serving.ts';

/** The serving counters of the rooms. */
export interface Counters {
  /** At most one second old. */
  get: (room: Room) => Promise<Serving>;
  /** As it is in the store now. */
  reload: (room: Room) => Promise<Serving>;
  /** Writes what follows the present state; `next` may run several times. */
  change: (room: Room, next: (serving: Serving) => Serving) => Promise<Serving>;
  /** Counts the end of a place; ends that come together are written together. */
  countEnd: (room: Room, end: PlaceEnd) => Promise<Serving>;
}

const endsPerWrite = 100;

export function createCounters(store: StateStore): Counters {
  const cache = createTimedCache({
    ttlMs: 1_000,
    max: 10_000,
    load: async (key): Promise<Serving> => {
      const entry = await store.getState(key);
      return entry ? servingSchema.parse(entry.value) : nobodyServed;
    },
  });
  const changeKey = async (key: string, next: (serving: Serving) => Serving): Promise<Serving> => {
    try {
      const stored = await swapState(store, key, servingSchema, (current = nobodyServed) => {
        const wanted = next(current);
        return wanted === current ? undefined : wanted;
      });
      return stored ?? nobodyServed;
    } finally {
      cache.forget(key);
    }
  };
  const countEnds = createMicroBatcher<PlaceEnd, Serving>(endsPerWrite, async (key, ends) => {
    const serving = await changeKey(key, (current) => ends.reduce(endPlace, current));
    return ends.map(() => serving);
  });
  return {
    get: (room) => cache.get(keys.serving(room)),
    reload: (room) => {
      cache.forget(keys.serving(room));
      return cache.get(keys.serving(room));
    },
    change: (room, next) => changeKey(keys.serving(room), next),
    countEnd: (room, end) => countEnds(keys.serving(room), end),
  };
}
