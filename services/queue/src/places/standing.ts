import { TokenStatus } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { liveBatch, releaseRate, type Serving } from '../admission/serving.ts';
import type { Place } from './place.ts';

export interface StandingInput {
  place: Pick<Place, 'position' | 'ended'>;
  serving: Serving;
  /** Milliseconds since 1970. */
  opensAt: number;
  soldOut: boolean;
  /** Places per second that become free even if everybody keeps a pass to its end. */
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

/** Computes the standing of a place from counters alone. */
export function standingOf(input: StandingInput): Standing {
  const { place, serving, opensAt, now } = input;
  const live = place.ended ? undefined : liveBatch(serving, place.position, now);
  const status = statusOf(input, live !== undefined);
  const ahead = Math.max(0, place.position - serving.serving - 1);
  const wait = status === TokenStatus.WAITING || status === TokenStatus.PRE_OPEN;
  const untilOpenMs = Math.max(0, opensAt - now);
  return {
    status,
    ahead,
    etaSeconds: wait ? etaSeconds(ahead, untilOpenMs, Math.max(releaseRate(serving, now), input.slowestRate)) : 0,
    pollAfterMs: jitter(pollMs(status, ahead, untilOpenMs), place.position),
    ...(live ? { passExpiresAt: live.expiresAt } : {}),
  };
}

function statusOf({ place, serving, opensAt, soldOut, now }: StandingInput, live: boolean): TokenStatus {
  if (live) return TokenStatus.ACTIVE;
  if (place.ended) return TokenStatus.EXPIRED;
  const waits = place.position > serving.serving;
  if (waits && now < opensAt) return TokenStatus.PRE_OPEN;
  if (soldOut) return TokenStatus.SOLD_OUT;
  return waits ? TokenStatus.WAITING : TokenStatus.EXPIRED;
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

// Spread by ±10 %, the same for a place each time: neighbours do not ask in step, and nobody gains by asking again.
function jitter(ms: number, position: number): number {
  const fraction = (position * 0.618_033_988_75) % 1;
  return Math.round(ms * (0.9 + 0.2 * fraction));
}
