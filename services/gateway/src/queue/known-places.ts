import type { QueueToken } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import type { KnownPlace } from '@ticketing/contracts/room-line';
import { LRUCache } from 'lru-cache';

/** The places that this instance was told of. */
export interface KnownPlaces {
  find: (concertId: string, userId: string) => KnownPlace | undefined;
  /** @param askedAt when the queue was asked, by performance.now(): what it said before a departure is over */
  remember: (userId: string, token: QueueToken, askedAt: number) => void;
  /** The person has left, or may have. */
  forget: (concertId: string, userId: string) => void;
}

interface Left {
  leftAt: number;
}

// Some hundred bytes each.
const placesKept = 250_000;
// A state store that comes back without its last writes is noticed some time.
const keptMs = 300_000;

export function createKnownPlaces(): KnownPlaces {
  const places = new LRUCache<string, KnownPlace | Left>({ max: placesKept, ttl: keptMs });
  // One string for all places of a room.
  const epochs = new LRUCache<string, string>({ max: 10_000 });
  const keyOf = (concertId: string, userId: string): string => `${concertId} ${userId}`;
  const same = (concertId: string, epoch: string): string => {
    const known = epochs.get(concertId);
    if (known === epoch) return known;
    epochs.set(concertId, epoch);
    return epoch;
  };

  return {
    find: (concertId, userId) => {
      const place = places.get(keyOf(concertId, userId));
      return place && 'epoch' in place ? place : undefined;
    },
    remember: (userId, { concertId, epoch, joinNumber, position, departures }, askedAt) => {
      const key = keyOf(concertId, userId);
      const before = places.get(key);
      // An older version of the queue names no epoch.
      if (epoch === '' || (before && 'leftAt' in before && before.leftAt >= askedAt)) return;
      places.set(key, { epoch: same(concertId, epoch), joinNumber, position: position === 0 ? undefined : position, departures });
    },
    forget: (concertId, userId) => {
      places.set(keyOf(concertId, userId), { leftAt: performance.now() });
    },
  };
}
