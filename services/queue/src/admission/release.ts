import { activeCount, type Batch, dropExpired, rateAfterRelease, type Serving } from './serving.ts';

/** What bounds a release. */
export interface ReleaseLimits {
  /** The last place that was taken. */
  tail: number;
  /** How many passes may be good at a time. */
  capacity: number;
  passTtlMs: number;
  /** Seats that nobody holds or owns; undefined when that is not known. */
  remainingSeats: number | undefined;
  /** Milliseconds since 1970. */
  now: number;
}

const maxBatches = 200;
// Releases this close together, as a share of the pass lifetime, end together, so that the batches of a lifetime are few.
const batchesPerLifetime = 150;

/** Lets in as many of the next places as the limits allow. Returns the same object when that is none. */
export function release(serving: Serving, limits: ReleaseLimits): Serving {
  const { tail, capacity, remainingSeats = Number.POSITIVE_INFINITY, now } = limits;
  const free = capacity - activeCount(serving, now);
  const count = Math.min(free, tail - serving.serving, remainingSeats);
  if (count <= 0) return serving;
  const tidy = dropExpired(serving, now);
  const to = tidy.serving + count;
  return {
    ...tidy,
    serving: to,
    batches: admit(tidy, to, limits),
    rate: rateAfterRelease(tidy, count, now),
  };
}

function admit({ serving, batches, departures }: Serving, to: number, { passTtlMs, now }: ReleaseLimits): Batch[] {
  const from = serving + 1;
  // Whoever left while waiting takes no slot.
  const left = departures.recent.filter((position) => from <= position && position <= to).length;
  const slack = Math.ceil(passTtlMs / batchesPerLifetime);
  const earliestEnd = now + passTtlMs;
  const last = batches.at(-1);
  const earlier = batches.slice(0, -1);
  if (last?.to === serving && earliestEnd <= last.expiresAt && last.expiresAt <= earliestEnd + slack) {
    return [...earlier, { ...last, to, left: last.left + left }];
  }
  if (last?.to === serving && batches.length >= maxBatches) {
    // Ending later than promised keeps a slot taken for longer, which is the safe side.
    return [...earlier, { ...last, to, left: last.left + left, expiresAt: Math.max(last.expiresAt, earliestEnd + slack) }];
  }
  return [...batches, { from, to, admittedAt: now, expiresAt: earliestEnd + slack, paid: 0, left }];
}
