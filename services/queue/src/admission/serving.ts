import { z } from 'zod';

const batchSchema = z.object({
  from: z.int().positive(),
  to: z.int().positive(),
  admittedAt: z.int(),
  /** When the passes of all its places end. */
  expiresAt: z.int(),
  paid: z.int().nonnegative(),
  left: z.int().nonnegative(),
});

/** Who of a room has been let in, as stored. Times are milliseconds since 1970. */
export const servingSchema = z.object({
  /** The last place that was let in. It never goes back. */
  serving: z.int().nonnegative(),
  /** Neighbouring places that were let in together, while their passes are good. */
  batches: z.array(batchSchema),
  /** How the passes of earlier batches ended. */
  past: z.object({ paid: z.int(), left: z.int(), expired: z.int() }),
  /** The places that were counted as ended last, so that a repeated write does not count one twice. */
  counted: z.array(z.int()),
  /** Who left the room: how many ever, and the last of them, for instances that remember places. */
  departures: z.object({ count: z.int(), recent: z.array(z.int()) }),
  /** Smoothed number of places let in per second, as of a moment. */
  rate: z.object({ perSecond: z.number(), at: z.int() }),
});

export type Batch = z.infer<typeof batchSchema>;
export type Serving = z.infer<typeof servingSchema>;

/** The state of a room that nobody was let into yet. */
export const nobodyServed: Serving = {
  serving: 0,
  batches: [],
  past: { paid: 0, left: 0, expired: 0 },
  counted: [],
  departures: { count: 0, recent: [] },
  rate: { perSecond: 0, at: 0 },
};

const remembered = 128;
// Each one that is forgotten while it waits costs its room a slot for the lifetime of a pass.
const rememberedDepartures = 2_000;
const rateWindowMs = 60_000;

/** The batch of a place while its passes are good. */
export function liveBatch({ serving, batches }: Serving, position: number, now: number): Batch | undefined {
  if (position > serving) return undefined;
  return batches.find((batch) => batch.from <= position && position <= batch.to && batch.expiresAt > now);
}

function openPasses({ from, to, paid, left }: Batch): number {
  return to - from + 1 - paid - left;
}

/** How many passes are good now. */
export function activeCount({ batches }: Serving, now: number): number {
  return batches.filter((batch) => batch.expiresAt > now).reduce((sum, batch) => sum + openPasses(batch), 0);
}

/** How the passes that are over have ended. */
export function countOutcomes({ batches, past }: Serving, now: number): Serving['past'] {
  return batches.reduce(
    (sum, batch) => ({
      paid: sum.paid + batch.paid,
      left: sum.left + batch.left,
      expired: sum.expired + (batch.expiresAt > now ? 0 : openPasses(batch)),
    }),
    past,
  );
}

/** The share of ended passes that ran out without a payment, 0 to 1. */
export function noShowRate(serving: Serving, now: number): number {
  const { paid, left, expired } = countOutcomes(serving, now);
  const ended = paid + left + expired;
  return ended === 0 ? 0 : expired / ended;
}

/** Moves batches whose passes have run out into the totals. */
export function dropExpired(serving: Serving, now: number): Serving {
  const over = serving.batches.filter((batch) => batch.expiresAt <= now);
  if (over.length === 0) return serving;
  const batches = serving.batches.filter((batch) => batch.expiresAt > now);
  return { ...serving, batches, past: countOutcomes({ ...serving, batches: over }, now) };
}

/** The release rate at a moment: each release counts for about a minute, less and less. */
export function releaseRate({ rate }: Serving, now: number): number {
  return rate.perSecond * Math.exp(-Math.max(0, now - rate.at) / rateWindowMs);
}

export function rateAfterRelease(serving: Serving, released: number, now: number): Serving['rate'] {
  return { perSecond: releaseRate(serving, now) + released / (rateWindowMs / 1_000), at: now };
}

/** How a place came to its end before its pass ran out. */
export interface PlaceEnd {
  position: number;
  how: 'paid' | 'left';
}

/**
 * Counts the end of a place, once: a place that was let in frees its slot. Call it only after the place itself is stored as ended,
 * so that a crash in between leaves a slot taken until its pass runs out and never frees one that is in use.
 */
export function endPlace(serving: Serving, { position, how }: PlaceEnd): Serving {
  if (serving.counted.includes(position)) return serving;
  const { departures } = serving;
  return {
    ...serving,
    batches: serving.batches.map((batch) => (batch.from <= position && position <= batch.to ? { ...batch, [how]: batch[how] + 1 } : batch)),
    counted: [...serving.counted, position].slice(-remembered),
    departures:
      how === 'left' ? { count: departures.count + 1, recent: [...departures.recent, position].slice(-rememberedDepartures) } : departures,
  };
}

/** Whether a place may be among those that left since `countThen` had left; true when that can't be told. */
export function mayHaveLeft({ departures }: Serving, position: number, countThen: number): boolean {
  const news = departures.count - countThen;
  if (news === 0) return false;
  if (news < 0 || news > departures.recent.length) return true;
  return departures.recent.slice(-news).includes(position);
}
