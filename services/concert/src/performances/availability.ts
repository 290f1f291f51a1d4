import type { Logger } from '@ticketing/common/log';
import { createTimedCache } from '@ticketing/common/timed-cache';
import { LRUCache } from 'lru-cache';

/** Free seats by performance id. */
export type FreeSeats = ReadonlyMap<string, number>;

export interface Availability {
  /** As they were told at most a second ago, or the last known when the reservation service is out; empty while nothing is known yet. */
  ofConcert: (concertId: string) => Promise<FreeSeats>;
}

const nothingKnown: FreeSeats = new Map();
const concertsKept = 2_000;

/**
 * Remembers free seats, so that a rush on one concert costs one question a second, however many people look.
 * @param ask the free seats of all performances of a concert, from the service that owns them
 */
export function createAvailability(ask: (concertId: string) => Promise<FreeSeats>, log: Logger): Availability {
  const lastKnown = new LRUCache<string, FreeSeats>({ max: concertsKept });
  // A failure is remembered like an answer: a service that is down is asked once a second too.
  const load = async (concertId: string): Promise<FreeSeats> => {
    try {
      const free = await ask(concertId);
      lastKnown.set(concertId, free);
      return free;
    } catch (error) {
      log.debug({ err: error, concertId }, 'free seats are not known');
      return lastKnown.get(concertId) ?? nothingKnown;
    }
  };
  const cache = createTimedCache({ ttlMs: 1_000, max: concertsKept, load });
  return { ofConcert: cache.get };
}
