import { type Database, idToBinary } from '@ticketing/common/database';
import { createTimedCache } from '@ticketing/common/timed-cache';
import { type PerformanceRow, performance } from '../db/performance.ts';
import { type ListedConcert, loadConcert } from './listed-concert.ts';

/** What many people look at in the same second, read once. */
export interface CatalogueCache {
  concert: (id: string) => Promise<ListedConcert | undefined>;
  /** By time. */
  performances: (concertId: string) => Promise<PerformanceRow[]>;
  /** Lets the next reader see this concert's change. */
  forget: (concertId: string) => void;
}

/**
 * Every instance is told what to forget (follow-changes.ts). Should the message get lost, a copy is read anew by the first who
 * asks after five seconds, and shown for no more than ten.
 */
const times = { ttlMs: 5_000, staleMs: 5_000 };

export function createCatalogueCache(db: Database, { ttlMs, staleMs } = times): CatalogueCache {
  const options = { max: 2_000, ttlMs, staleMs };
  // Ids that do not exist are remembered too, hence the wrapping.
  const concerts = createTimedCache({ ...options, load: async (id) => ({ found: await loadConcert(db, id) }) });
  const performances = createTimedCache({
    ...options,
    load: (concertId) =>
      db.source.getRepository(performance).find({ where: { concertId: idToBinary(concertId) }, order: { startsAt: 'ASC', id: 'ASC' } }),
  });
  return {
    concert: async (id) => (await concerts.get(id)).found,
    performances: (concertId) => performances.get(concertId),
    forget: (concertId) => {
      concerts.forget(concertId);
      performances.forget(concertId);
    },
  };
}
