import { TokenStatus } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { passEnd, releaseRate, type Serving } from '../admission/serving.ts';
import { isOver, type Room } from '../rooms/room.ts';
import { isWaiting, type Place } from './place.ts';

export interface StandingInput {
  place: Pick<Place, 'ended' | 'taken'>;
  /** Undefined until it is drawn. */
  position: number | undefined;
  serving: Serving;
  room: Pick<Room, 'opensAt' | 'closed' | 'endsAt'>;
  soldOut: boolean;
  /** Slots per second that become free if every pass lasts to its end. */
  slowestRate: number;
  /** Milliseconds since 1970. */
  now: number;
}

/** What a person is told about a place. */
export interface Standing {
  status: TokenStatus;
  ahead: number;
  etaSeconds: number;
  pollAfterMs: number;
  /** Milliseconds since 1970; only when ACTIVE. */
  passExpiresAt?: number;
}

const shortestPollMs = 1_000;
const longestPollMs = 15_000;
const pollMsPerPlaceAhead = 2;
const activePollMs = 5_000;
const longestEtaSeconds = 0xffff_ffff;

/** Computes the standing of a place from counters alone. @param spread a number of the place, which its polls are spread by */
export function standingOf(input: StandingInput, spread: number): Standing {
  const { place, position, serving, room, now } = input;
  const passExpiresAt = place.ended || position === undefined ? undefined : passEnd(serving, position, now);
  const status = passExpiresAt === undefined ? statusOf(input) : TokenStatus.ACTIVE;
  const ahead = position === undefined ? 0 : countAhead(serving, position);
  const wait = status === TokenStatus.WAITING || status === TokenStatus.PRE_OPEN;
  const untilOpenMs = Math.max(0, room.opensAt - now);
  return {
    status,
    ahead,
    etaSeconds: wait ? etaSeconds(ahead, untilOpenMs, Math.max(releaseRate(serving, now), input.slowestRate)) : 0,
    pollAfterMs: jitter(pollMs(status, ahead, untilOpenMs), spread),
    ...(passExpiresAt === undefined ? {} : { passExpiresAt }),
  };
}

function statusOf({ place, position, serving, room, soldOut, now }: StandingInput): TokenStatus {
  if (place.ended || room.closed || isOver(room, now)) return TokenStatus.EXPIRED;
  const waits = isWaiting(place, position, serving);
  if (position === undefined || (waits && now < room.opensAt)) return TokenStatus.PRE_OPEN;
  if (soldOut) return TokenStatus.SOLD_OUT;
  return waits ? TokenStatus.WAITING : TokenStatus.EXPIRED;
}

/** People at the front are called before the line; a called person has nobody ahead. */
function countAhead({ serving, front, gone }: Serving, position: number): number {
  if (position > serving) return position - serving - 1 - gone.count(serving + 1, position - 1) + front.length;
  return front.includes(position) ? front.filter((place) => place < position).length : 0;
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
function jitter(ms: number, spread: number): number {
  const fraction = (spread * 0.618_033_988_75) % 1;
  return Math.round(ms * (0.9 + 0.2 * fraction));
}
