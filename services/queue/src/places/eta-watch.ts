import { createHistogram } from '@ticketing/common/telemetry';
import { LRUCache } from 'lru-cache';

/** Compares first estimates with real waits, where one instance saw both. */
export interface EtaWatch {
  /** Notes the first estimate that the owner of a place is given. */
  promise: (placeKey: string, etaSeconds: number) => void;
  /** The owner has been let in. */
  keep: (placeKey: string) => void;
}

const promisesKept = 100_000;
const errors = createHistogram(
  'ticketing_queue_eta_error_seconds',
  'How far the first estimate of a wait was off, when the pass was taken',
  [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600],
);

export function createEtaWatch(clock: () => number): EtaWatch {
  const promised = new LRUCache<string, number>({ max: promisesKept });
  return {
    promise: (placeKey, etaSeconds) => {
      if (!promised.has(placeKey)) promised.set(placeKey, clock() + etaSeconds * 1_000);
    },
    keep: (placeKey) => {
      const due = promised.get(placeKey);
      if (due === undefined) return;
      promised.delete(placeKey);
      errors.record(Math.abs(clock() - due) / 1_000);
    },
  };
}
