import { createBulkhead } from '@ticketing/common/bulkhead';

/** Runs a search when there is room for it. @throws Overloaded when too many wait for that, or after a wait that was too long */
export type BoundSearches = <T>(search: () => Promise<T>) => Promise<T>;

const waitingPerRunning = 16;

interface SearchBounds {
  /** Searches that run at a time. */
  most: number;
  longestWaitMs: number;
}

export function boundSearches({ most, longestWaitMs }: SearchBounds): BoundSearches {
  const bulkhead = createBulkhead({ mostAtWork: most, mostWaiting: most * waitingPerRunning, longestWaitMs });
  return (search) => bulkhead.run(longestWaitMs, search);
}
