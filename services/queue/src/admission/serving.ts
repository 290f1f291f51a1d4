import { noNumbers, numberSetSchema } from '@ticketing/contracts/number-set';
import { z } from 'zod';
import { noPasses, passesSchema } from './passes.ts';

/** Neighbouring places that were called together and may take their passes. Times are milliseconds since 1970. */
const callSchema = z.object({
  from: z.int().positive(),
  to: z.int().positive(),
  calledAt: z.int(),
  /** When the slots of those who have not come are given on. */
  takeBy: z.int(),
  /** Those of them who have come, or are gone for good. */
  settled: z.array(z.int()),
});

/** Places of which some missed their call; those may come back to the front until then. */
const graceSchema = z.object({ from: z.int().positive(), to: z.int().positive(), until: z.int() });

/** Who of a room has been let in, as stored. All that admission decides is decided by one compare-and-set on this. */
export const servingSchema = z.object({
  /** The last join number of the draw; undefined until it is made. */
  drawn: z.int().nonnegative().optional(),
  /** How many of the join numbers of the draw had left before it. They have no place; later joiners move up. */
  absent: z.int().nonnegative().default(0),
  /** The last place that was called. It never goes back. */
  serving: z.int().nonnegative(),
  calls: z.array(callSchema),
  graces: z.array(graceSchema),
  /** The passes that let people in. No more than the capacity are good at a time. */
  passes: passesSchema,
  /** Who came when the shop was full, or late: they are called next, the lowest place first. */
  front: z.array(z.int()),
  /** Places behind the last one that was called, whose owners have left. */
  gone: numberSetSchema.default(noNumbers),
  /** How many have left while they waited, were called or had a pass. */
  left: z.int().nonnegative().default(0),
  /** How places ended so far. */
  ended: z.object({ taken: z.int(), missed: z.int(), paid: z.int(), left: z.int(), expired: z.int() }),
  /** Smoothed share of calls that are missed, 0 to 1. */
  noShowRate: z.number(),
  /** Smoothed time from a call to its owner's coming, in milliseconds. */
  comingMs: z.number(),
  /** People who left the room: how many in total, and the join numbers of the last ones, for instances that remember places. */
  departures: z.object({ count: z.int(), recent: z.array(z.int()) }),
  /** Smoothed number of places called per second, as of a moment. */
  rate: z.object({ perSecond: z.number(), at: z.int() }),
});

export type Call = z.infer<typeof callSchema>;
export type Serving = z.infer<typeof servingSchema>;

/** The state of a room that has let nobody in yet. */
export const nobodyServed: Serving = {
  absent: 0,
  serving: 0,
  calls: [],
  graces: [],
  passes: noPasses,
  front: [],
  gone: noNumbers,
  left: 0,
  ended: { taken: 0, missed: 0, paid: 0, left: 0, expired: 0 },
  noShowRate: 0,
  comingMs: 5_000,
  departures: { count: 0, recent: [] },
  rate: { perSecond: 0, at: 0 },
};

// An instance that has not looked for longer reads its places again.
const rememberedDepartures = 2_000;
// Outcomes that the no-show rate is smoothed over: the first few say little, and old ones are forgotten.
const leastOutcomes = 20;
const mostOutcomes = 200;
// The shortest time between two polls.
const leastComingMs = 1_000;

/** When the pass of a place ends, in milliseconds since 1970; undefined when it has none that is good. */
export function passEnd({ passes }: Serving, position: number, now: number): number | undefined {
  const end = passes.endOf(position);
  return end !== undefined && end > now ? end : undefined;
}

/** How many passes are good now. */
export function livePasses({ passes }: Serving, now: number): number {
  return passes.countAt(now);
}

/** How many people are called and have not come yet. */
export function openCalls({ calls }: Pick<Serving, 'calls'>): number {
  return calls.reduce((sum, { from, to, settled }) => sum + to - from + 1 - settled.length, 0);
}

/**
 * How many of those who are called will come yet. Whoever is late by much more than others were will hardly come at all, so that slots
 * are not kept for nobody: who comes then all the same has a turn at the front.
 */
export function expectedComers(serving: Serving, now: number): number {
  const { calls, noShowRate, comingMs } = serving;
  return calls.reduce((sum, call) => {
    const later = (1 - noShowRate) * Math.exp(-Math.max(0, now - call.calledAt) / comingMs);
    // Where everybody has come so far, nobody is given up before the time.
    return sum + (noShowRate === 0 ? 1 : later / (later + noShowRate)) * openCalls({ calls: [call] });
  }, 0);
}

/** Whether a place is called and its owner has not come yet. A call stays open until its slot is given on, however late that is. */
export function findCall({ calls }: Serving, position: number): Call | undefined {
  return calls.find((call) => covers(call, position) && !call.settled.includes(position));
}

export function isCalled(serving: Serving, position: number): boolean {
  return findCall(serving, position) !== undefined;
}

/** Whether a place was called lately and may have missed it; the place itself knows whether it had its pass. */
export function isInGrace({ graces }: Serving, position: number): boolean {
  return graces.some((grace) => covers(grace, position));
}

function covers({ from, to }: { from: number; to: number }, position: number): boolean {
  return from <= position && position <= to;
}

/** The serving state after somebody has come when called, after this many milliseconds. */
export function countTaken(serving: Serving, afterMs: number): Serving {
  const weight = outcomeWeight(serving);
  return {
    ...serving,
    ended: { ...serving.ended, taken: serving.ended.taken + 1 },
    noShowRate: serving.noShowRate * (1 - weight),
    comingMs: Math.max(leastComingMs, serving.comingMs + (afterMs - serving.comingMs) * weight),
  };
}

/** The serving state after so many have not come. */
export function countMissed(serving: Serving, people: number): Serving {
  const kept = (1 - outcomeWeight(serving)) ** people;
  return {
    ...serving,
    ended: { ...serving.ended, missed: serving.ended.missed + people },
    noShowRate: serving.noShowRate * kept + 1 - kept,
  };
}

function outcomeWeight({ ended }: Serving): number {
  return 1 / Math.min(mostOutcomes, leastOutcomes + ended.taken + ended.missed);
}

/** Marks a called place as settled. */
export function settle(calls: Call[], position: number): Call[] {
  return calls
    .map((call) => (covers(call, position) && !call.settled.includes(position) ? { ...call, settled: [...call.settled, position] } : call))
    .filter(({ from, to, settled }) => settled.length < to - from + 1);
}

/** How a place came to its end before its pass ran out. */
export interface PlaceEnd {
  joinNumber: number;
  position: number;
  how: 'paid' | 'left';
}

/** Ends a place: its pass, its call and its turn at the front are free at once. Ending it again changes nothing. */
export function endPlace(serving: Serving, { joinNumber, position, how }: PlaceEnd): Serving {
  const known = isCalled(serving, position) || serving.front.includes(position);
  const passes = serving.passes.without(position);
  const hadPass = passes !== serving.passes;
  const leaves = how === 'left';
  const departs = leaves && !serving.departures.recent.includes(joinNumber);
  const gone = leaves && position > serving.serving ? serving.gone.with(position) : serving.gone;
  const waited = known || gone !== serving.gone;
  if (!waited && !hadPass && !departs) return serving;
  const { calls, front, ended, departures } = serving;
  return {
    ...serving,
    passes,
    gone,
    calls: known ? settle(calls, position) : calls,
    front: known ? front.filter((place) => place !== position) : front,
    left: leaves && (waited || hadPass) ? serving.left + 1 : serving.left,
    ended: hadPass ? { ...ended, [how]: ended[how] + 1 } : ended,
    departures: departs
      ? { count: departures.count + 1, recent: [...departures.recent, joinNumber].slice(-rememberedDepartures) }
      : departures,
  };
}

/** The last place of a line of so many join numbers. */
export function lastPlace({ absent }: Serving, tail: number): number {
  return tail - absent;
}

/** How many wait: those who were not called yet, and those at the front. */
export function countWaiting(serving: Serving, tail: number): number {
  return lastPlace(serving, tail) - serving.serving - serving.gone.count() + serving.front.length;
}
