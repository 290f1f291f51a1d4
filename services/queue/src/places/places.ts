import { mayHaveLeft } from '@ticketing/contracts/standing';
import { LRUCache } from 'lru-cache';
import type { Serving } from '../admission/serving.ts';
import { keys, type Room } from '../rooms/room.ts';
import type { StateStore } from '../state/swap-state.ts';
import { type Place, placeSchema } from './place.ts';

/** Finds places and remembers them, so that a poll costs no read. */
export interface Places {
  /** The person's place in this epoch of the room, unless the person left. A departure elsewhere shows as soon as `serving` tells it. */
  find: (room: Room, userId: string, serving: Serving) => Promise<Place | undefined>;
  /** The same, as it is in the store now. */
  reload: (room: Room, userId: string, serving: Serving) => Promise<Place | undefined>;
  /** @param serving as it was known before the place was read or written */
  remember: (room: Room, userId: string, place: Place, serving: Serving) => void;
  forget: (concertId: string, userId: string) => void;
}

interface Remembered {
  place: Place;
  departures: number;
}

const maxPlaces = 200_000;
// A store that comes back without its last writes is noticed after this time at the latest.
const rememberMs = 600_000;

export function createPlaces(store: StateStore): Places {
  const cache = new LRUCache<string, Remembered>({ max: maxPlaces, ttl: rememberMs });

  const remember: Places['remember'] = ({ concertId }, userId, place, serving) => {
    cache.set(keys.place(concertId, userId), { place, departures: serving.departures.count });
  };
  const reload: Places['reload'] = async (room, userId, serving) => {
    const key = keys.place(room.concertId, userId);
    cache.delete(key);
    const entry = await store.getState(key);
    const place = entry && placeSchema.parse(entry.value);
    if (place?.epoch !== room.epoch || place.ended === 'left') return undefined;
    remember(room, userId, place, serving);
    return place;
  };
  return {
    find: async (room, userId, serving) => {
      const known = cache.get(keys.place(room.concertId, userId));
      return known && isCurrent(known, room, serving) ? known.place : reload(room, userId, serving);
    },
    reload,
    remember,
    forget: (concertId, userId) => {
      cache.delete(keys.place(concertId, userId));
    },
  };
}

// A pass that ended elsewhere needs no look at its place: the serving state tells it.
function isCurrent({ place, departures }: Remembered, room: Room, serving: Serving): boolean {
  return place.epoch === room.epoch && !mayHaveLeft(serving, place.joinNumber, departures);
}
