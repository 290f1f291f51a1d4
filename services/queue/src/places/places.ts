import { LRUCache } from 'lru-cache';
import { mayHaveLeft, type Serving } from '../admission/serving.ts';
import { keys, type Room } from '../rooms/room.ts';
import type { StateStore } from '../state/swap-state.ts';
import { type Place, placeSchema } from './place.ts';

/** Finds places; those of waiting people are remembered, so that a poll from far behind costs no read. */
export interface Places {
  /** The person's place in this epoch of the room, unless the person left. A departure elsewhere shows as soon as `serving` tells it. */
  find: (room: Room, userId: string, serving: Serving) => Promise<Place | undefined>;
  /** @param serving as it was known before the place was read or written */
  remember: (room: Room, userId: string, place: Place, serving: Serving) => void;
  forget: (concertId: string, userId: string) => void;
}

interface Remembered {
  place: Place;
  departures: number;
}

const maxPlaces = 100_000;
// A store that comes back with its last writes missing is noticed after this time, or when the person is let in.
const rememberMs = 60_000;

export function createPlaces(store: StateStore): Places {
  const cache = new LRUCache<string, Remembered>({ max: maxPlaces, ttl: rememberMs });

  const remember: Places['remember'] = ({ concertId }, userId, place, serving) => {
    if (place.position > serving.serving && !place.ended) {
      cache.set(keys.place(concertId, userId), { place, departures: serving.departures.count });
    }
  };
  return {
    find: async (room, userId, serving) => {
      const key = keys.place(room.concertId, userId);
      const known = cache.get(key);
      if (known && isCurrent(known, room, serving)) return known.place;
      cache.delete(key);
      const entry = await store.getState(key);
      const place = entry && placeSchema.parse(entry.value);
      if (place?.epoch !== room.epoch || place.ended === 'left') return undefined;
      remember(room, userId, place, serving);
      return place;
    },
    remember,
    forget: (concertId, userId) => {
      cache.delete(keys.place(concertId, userId));
    },
  };
}

// Places that were let in are read again each time: they are few, and how they end matters at once.
function isCurrent({ place, departures }: Remembered, room: Room, serving: Serving): boolean {
  return place.epoch === room.epoch && place.position > serving.serving && !mayHaveLeft(serving, place.position, departures);
}
