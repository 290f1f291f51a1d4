import { LRUCache } from 'lru-cache';

/** Counts the looks at concerts between two calls to the concert service, which ranks suggestions by them. */
export interface Looks {
  add: (concertId: string, looks: number) => void;
  /** Takes what was counted since the last time. */
  take: (concertId: string) => number;
}

const concertsKept = 10_000;

export function createLooks(): Looks {
  const counts = new LRUCache<string, number>({ max: concertsKept });
  return {
    add: (concertId, looks) => {
      counts.set(concertId, (counts.get(concertId) ?? 0) + looks);
    },
    take: (concertId) => {
      const taken = counts.get(concertId) ?? 0;
      counts.delete(concertId);
      return taken;
    },
  };
}
