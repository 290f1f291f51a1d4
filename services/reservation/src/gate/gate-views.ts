import type { Database } from '@ticketing/common/database';
import { createTimedCache, type TimedCache } from '@ticketing/common/timed-cache';
import { countCheckIns, type SectionCount } from './count-check-ins.ts';
import { numberChanges } from './number-changes.ts';

// Both look at every ticket of a performance, so they work for a small part of the time only, however many gates ask.
const pace = { ttlMs: 1_000, restFactor: 20, max: 200 };

/** Lets the changes of a performance be numbered, unless that was done just now. */
export function createGateChanges(db: Database): TimedCache<object> {
  return createTimedCache({
    ...pace,
    load: async (performanceId) => {
      await numberChanges(db, performanceId);
      return {};
    },
  });
}

/** Tickets and check-ins of a performance by section. */
export function createGateCounts(db: Database): TimedCache<SectionCount[]> {
  return createTimedCache({ ...pace, load: (performanceId) => countCheckIns(db, performanceId) });
}
