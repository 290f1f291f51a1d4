import { createBulkhead } from '@ticketing/common/bulkhead';

// A search that is asked for as the last of them is still answered within a call.
const longestWaitMs = 1_500;
const waitingPerRunning = 16;

/** Runs a search when there is room for it. @throws Overloaded when too many wait for that, or after a wait that was too long */
export type BoundSearches = <T>(search: () => Promise<T>) => Promise<T>;

/** @param most searches that run at a time */
export function boundSearches(most: number): BoundSearches {
  const bulkhead = createBulkhead({ mostAtWork: most, mostWaiting: most * waitingPerRunning, longestWaitMs });
  return (search) => bulkhead.run(longestWaitMs, search);
}
