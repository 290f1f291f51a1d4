import { rateAfterRelease } from '@ticketing/contracts/standing';
import { type Call, countMissed, expectedComers, livePasses, openCalls, type Serving } from './serving.ts';

/** What bounds a release. */
export interface ReleaseLimits {
  /** The last place of the line. */
  tail: number;
  /** How many passes may be good at a time. */
  capacity: number;
  /** How many people may be in the shop per seat that is not sold. */
  overbooking: number;
  /** How long a called place keeps its slot without its owner. */
  noShowMs: number;
  /** How long who missed the call may come back to the front. */
  graceMs: number;
  /** Seats as they are now; undefined when that is not known. */
  seats: { available: number; held: number } | undefined;
  /** Milliseconds since 1970. */
  now: number;
}

// However few come, no more than so many are called for a slot.
const mostCallsPerSlot = 4;
// A longer gap in the line parts a call in two.
const longestGap = 50;
// Graces end at multiples of this, so that neighbours end together and are kept as one.
const graceStepMs = 10_000;

/**
 * Calls as many of the next places as the limits allow: first those at the front, then the next of the line. Because some of the
 * called never come, more are called than there are slots; only a person who comes takes a slot. Returns the same object when
 * nothing changes.
 */
export function release(serving: Serving, limits: ReleaseLimits): Serving {
  const tidy = giveSlotsOn(serving, limits);
  const count = countToCall(tidy, limits);
  const fromFront = tidy.front.slice(0, count);
  const to = callUpTo(tidy, count - fromFront.length, limits.tail);
  if (fromFront.length === 0 && to === tidy.serving) return tidy;
  const times = { calledAt: limits.now, takeBy: limits.now + limits.noShowMs };
  const calls: Call[] = fromFront.map((position) => ({ from: position, to: position, ...times, settled: [] }));
  const next = runsOf(tidy, to);
  calls.push(...next.map((run) => ({ ...run, ...times })));
  const people = openCalls({ calls: calls.slice(fromFront.length) });
  return {
    ...tidy,
    serving: to,
    gone: tidy.gone.above(to),
    front: tidy.front.slice(fromFront.length),
    calls: [...tidy.calls, ...calls],
    rate: people > 0 ? rateAfterRelease(tidy, people, limits.now) : tidy.rate,
  };
}

function countToCall(serving: Serving, { capacity, overbooking, seats, now }: ReleaseLimits): number {
  const comes = Math.max(1 - serving.noShowRate, 1 / mostCallsPerSlot);
  const inside = livePasses(serving, now) + expectedComers(serving, now);
  const free = Math.min(capacity, peopleForSeats(seats, overbooking)) - inside;
  // Less than a whole slot is none; the fraction is what floating point leaves of one.
  return Math.max(0, Math.floor(free / comes + 1e-9));
}

function peopleForSeats(seats: ReleaseLimits['seats'], overbooking: number): number {
  if (!seats) return Number.POSITIVE_INFINITY;
  return seats.available === 0 ? 0 : Math.ceil((seats.available + seats.held) * overbooking);
}

/** The place up to which so many people are called; people who left while waiting do not count. */
function callUpTo({ serving, gone }: Serving, people: number, tail: number): number {
  let to = serving;
  for (let missing = people; missing > 0 && to < tail; missing = people - (to - serving - gone.count(serving + 1, to)))
    to = Math.min(tail, to + missing);
  return to;
}

/** The places behind the last one called, up to another one, parted where many are gone. The few gone in between are settled. */
function runsOf({ serving, gone }: Serving, to: number): Pick<Call, 'from' | 'to' | 'settled'>[] {
  const runs: Pick<Call, 'from' | 'to' | 'settled'>[] = [];
  let run = { from: serving + 1, to, settled: numbers(0, -1) };
  for (const [first, last] of gone.ranges()) {
    if (first > to) break;
    const end = Math.min(last, to);
    if (end - first < longestGap && end < to) {
      run.settled.push(...numbers(first, end));
      continue;
    }
    runs.push({ ...run, to: first - 1 });
    run = { from: end + 1, to, settled: [] };
  }
  return [...runs, run].filter((part) => part.to - part.from + 1 > part.settled.length);
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** Takes the slots of ended passes and missed calls back. */
export function giveSlotsOn(serving: Serving, { graceMs, now }: Pick<ReleaseLimits, 'graceMs' | 'now'>): Serving {
  const passes = serving.passes.at(now);
  const expired = serving.passes.count - passes.count;
  const missed = serving.calls.filter(({ takeBy }) => takeBy <= now);
  const over = serving.graces.some(({ until }) => until <= now);
  if (expired === 0 && missed.length === 0 && !over) return serving;
  const ended = { ...serving.ended, expired: serving.ended.expired + expired };
  const calls = serving.calls.filter(({ takeBy }) => takeBy > now);
  const until = Math.ceil((now + graceMs) / graceStepMs) * graceStepMs;
  const graces = [...serving.graces.filter((grace) => grace.until > now), ...missed.map(({ from, to }) => ({ from, to, until }))];
  const counted = countMissed({ ...serving, ended }, openCalls({ calls: missed }));
  return { ...counted, passes, calls, graces: graceMs > 0 ? mergeGraces(graces) : [] };
}

/** Joins neighbours that end together. */
function mergeGraces(graces: Serving['graces']): Serving['graces'] {
  const merged: Serving['graces'] = [];
  for (const grace of graces.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last?.until === grace.until && last.to + 1 >= grace.from) last.to = Math.max(last.to, grace.to);
    else merged.push({ ...grace });
  }
  return merged;
}
