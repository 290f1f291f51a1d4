import { type Database, idToBinary } from '@ticketing/common/database';
import { LRUCache } from 'lru-cache';
import { type PerformanceRow, performance } from '../db/performance.ts';
import { type ListedConcert, loadConcert } from './listed-concert.ts';

/** What many people look at in the same second, read once. Entries live for a second, so that other instances' changes show soon. */
export interface CatalogueCache {
  concert: (id: string) => Promise<ListedConcert | undefined>;
  /** By time. */
  performances: (concertId: string) => Promise<PerformanceRow[]>;
  /** Lets the next reader see this concert's change. */
  forget: (concertId: string) => void;
}

// An entry that is forgotten while it is being read must not fail its readers, who asked before the change.
const options = { max: 2_000, ttl: 1_000, ignoreFetchAbort: true };

export function createCatalogueCache(db: Database): CatalogueCache {
  // Ids that do not exist are remembered too, hence the wrapping.
  const concerts = new LRUCache<string, { found: ListedConcert | undefined }>({
    ...options,
    fetchMethod: async (id) => ({ found: await loadConcert(db, id) }),
  });
  const performances = new LRUCache<string, PerformanceRow[]>({
    ...options,
    fetchMethod: (concertId) =>
      db.source.getRepository(performance).find({ where: { concertId: idToBinary(concertId) }, order: { startsAt: 'ASC', id: 'ASC' } }),
  });
  return {
    concert: async (id) => (await concerts.fetch(id))?.found,
    performances: async (concertId) => (await performances.fetch(concertId)) ?? [],
    forget: (concertId) => {
      concerts.delete(concertId);
      performances.delete(concertId);
    },
  };
}
