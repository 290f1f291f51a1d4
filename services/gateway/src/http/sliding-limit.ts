import { createSlidingCount } from '@ticketing/common/sliding-count';

interface Options {
  /** Requests of one key in a second. */
  most: number;
  /** Milliseconds; the process's own clock unless a test has another. */
  now?: () => number;
}

export interface SlidingLimit {
  /** Counts one more, unless it would be one too many: then false. */
  take: (key: string) => boolean;
  /** False when one more would be too many. */
  allows: (key: string) => boolean;
}

/** Bounds requests by key over the last second, about. */
export function createSlidingLimit({ most, now }: Options): SlidingLimit {
  const counts = createSlidingCount({ windowMs: 1_000, now });
  const allows = (key: string): boolean => counts.of(key) + 1 <= most;
  const take = (key: string): boolean => {
    if (!allows(key)) return false;
    counts.add(key);
    return true;
  };
  return { take, allows };
}
