import { TokenStatus } from './gen/ticketing/queue/v1/queue_pb.ts';
import type { NumberSet } from './number-set.ts';
import { isOver, type RoomTimes } from './room-times.ts';

/** What the standings of those depend on who are not called yet. Times are milliseconds since 1970. */
export interface Line extends RoomTimes {
  /** The last place that was called. */
  serving: number;
  /** How many wait at the front: they are called before the line. */
  front: number;
  /** Places behind the last one that was called, whose owners have left. */
  gone: NumberSet;
  /** Smoothed number of places called per second, as of a moment. */
  rate: { perSecond: number; at: number };
  /** Slots per second that become free if every pass lasts to its end. */
  slowestRate: number;
  soldOut: boolean;
}

/** Who has left a line: how many in total, and the join numbers of the last ones, for those who remember places. */
export interface Departures {
  count: number;
  recent: number[];
}

/** What a person is told about a place. */
export interface Standing {
  status: TokenStatus;
  ahead: number;
  etaSeconds: number;
  pollAfterMs: number;
}

const rateWindowMs = 60_000;
const shortestPollMs = 1_000;
const longestPollMs = 15_000;
const pollMsPerPlaceAhead = 2;
const activePollMs = 5_000;
const longestEtaSeconds = 0xffff_ffff;

/**
 * The standing of a place that is not called yet.
 * @param position undefined until it is drawn
 */
export function standingInLine(
  line: Line,
  { position, joinNumber }: { position: number | undefined; joinNumber: number },
  now: number,
): Standing {
  const ahead = position === undefined ? 0 : countAhead(line, position);
  return standingWith(line, { status: waitingStatus(line, position, now), ahead, joinNumber }, now);
}

/** The status of a place that is still to be served. @param position undefined until it is drawn */
export function waitingStatus(line: RoomTimes & Pick<Line, 'soldOut'>, position: number | undefined, now: number): TokenStatus {
  if (line.closed || isOver(line, now)) return TokenStatus.EXPIRED;
  if (position === undefined || now < line.opensAt) return TokenStatus.PRE_OPEN;
  return line.soldOut ? TokenStatus.SOLD_OUT : TokenStatus.WAITING;
}

/** How many are let in before a place behind the last one that was called. */
export function countAhead({ serving, front, gone }: Pick<Line, 'serving' | 'front' | 'gone'>, position: number): number {
  return position - serving - 1 - gone.count(serving + 1, position - 1) + front;
}

/** Adds the times to a status. */
export function standingWith(
  line: Pick<Line, 'opensAt' | 'rate' | 'slowestRate'>,
  { status, ahead, joinNumber }: { status: TokenStatus; ahead: number; joinNumber: number },
  now: number,
): Standing {
  const waits = status === TokenStatus.WAITING || status === TokenStatus.PRE_OPEN;
  const untilOpenMs = Math.max(0, line.opensAt - now);
  return {
    status,
    ahead,
    etaSeconds: waits ? etaSeconds(ahead, untilOpenMs, Math.max(releaseRate(line, now), line.slowestRate)) : 0,
    pollAfterMs: jitter(pollMs(status, ahead, untilOpenMs), joinNumber),
  };
}

/** The release rate at a moment: each release counts for about a minute, less and less. */
export function releaseRate({ rate }: Pick<Line, 'rate'>, now: number): number {
  return rate.perSecond * Math.exp(-Math.max(0, now - rate.at) / rateWindowMs);
}

export function rateAfterRelease(line: Pick<Line, 'rate'>, released: number, now: number): Line['rate'] {
  return { perSecond: releaseRate(line, now) + released / (rateWindowMs / 1_000), at: now };
}

/** Whether a place may be among those that left since `countThen` had left; true when that can't be told. */
export function mayHaveLeft({ departures }: { departures: Departures }, joinNumber: number, countThen: number): boolean {
  const news = departures.count - countThen;
  if (news === 0) return false;
  if (news < 0 || news > departures.recent.length) return true;
  return departures.recent.includes(joinNumber, departures.recent.length - news);
}

function etaSeconds(ahead: number, untilOpenMs: number, perSecond: number): number {
  const seconds = untilOpenMs / 1_000 + (perSecond > 0 ? ahead / perSecond : longestEtaSeconds);
  return Math.min(longestEtaSeconds, Math.ceil(seconds));
}

function pollMs(status: TokenStatus, ahead: number, untilOpenMs: number): number {
  if (status === TokenStatus.ACTIVE) return activePollMs;
  if (status === TokenStatus.PRE_OPEN) return Math.min(longestPollMs, Math.max(shortestPollMs, untilOpenMs));
  if (status === TokenStatus.WAITING) return Math.min(longestPollMs, shortestPollMs + ahead * pollMsPerPlaceAhead);
  return longestPollMs;
}

// Spread by ±10 %, the same for a place each time: neighbours do not poll in step, and polling again gains nothing.
function jitter(ms: number, joinNumber: number): number {
  const fraction = (joinNumber * 0.618_033_988_75) % 1;
  return Math.round(ms * (0.9 + 0.2 * fraction));
}
