import type { Logger } from '@ticketing/common/log';
import { LRUCache } from 'lru-cache';

/** Free seats by performance id. */
export type FreeSeats = ReadonlyMap<string, number>;

export interface Availability {
  /** At most a second old, or the last known when the reservation service is out; empty while nothing is known yet. */
  ofConcert: (concertId: string) => Promise<FreeSeats>;
}

const nothingKnown: FreeSeats = new Map();

/**
 * Remembers free seats, so that a rush on one concert costs one question a second, however many people look.
 * @param ask the free seats of all performances of a concert, from the service that owns them
 */
export function createAvailability(ask: (concertId: string) => Promise<FreeSeats>, log: Logger): Availability {
  const cache = new LRUCache<string, FreeSeats>({
    max: 2_000,
    ttl: 1_000,
    // A failure is remembered like an answer: a service that is down is asked once a second too.
    fetchMethod: async (concertId, lastKnown) => {
      try {
        return await ask(concertId);
      } catch (error) {
        log.debug({ err: error, concertId }, 'free seats are not known');
        return lastKnown ?? nothingKnown;
      }
    },
  });
  return { ofConcert: async (concertId) => (await cache.fetch(concertId)) ?? nothingKnown };
}
