import { TokenStatus } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { isOver, type RoomTimes } from '@ticketing/contracts/room-times';
import { countAhead, type Standing, standingWith, waitingStatus } from '@ticketing/contracts/standing';
import { passEnd, type Serving } from '../admission/serving.ts';
import { isWaiting, type Place } from './place.ts';

export interface StandingInput {
  place: Pick<Place, 'ended' | 'taken' | 'joinNumber'>;
  /** Undefined until it is drawn. */
  position: number | undefined;
  serving: Serving;
  room: RoomTimes;
  soldOut: boolean;
  /** Slots per second that become free if every pass lasts to its end. */
  slowestRate: number;
  /** Milliseconds since 1970. */
  now: number;
}

/** Computes the standing of a place from counters alone. @returns with the end of the pass in milliseconds since 1970, only when ACTIVE */
export function standingOf(input: StandingInput): Standing & { passExpiresAt?: number } {
  const { place, position, serving, room, slowestRate, now } = input;
  const passExpiresAt = place.ended || position === undefined ? undefined : passEnd(serving, position, now);
  const status = passExpiresAt === undefined ? statusOf(input) : TokenStatus.ACTIVE;
  const ahead = position === undefined ? 0 : aheadOf(serving, position);
  const line = { opensAt: room.opensAt, rate: serving.rate, slowestRate };
  return {
    ...standingWith(line, { status, ahead, joinNumber: place.joinNumber }, now),
    ...(passExpiresAt === undefined ? {} : { passExpiresAt }),
  };
}

function statusOf({ place, position, serving, room, soldOut, now }: StandingInput): TokenStatus {
  if (!place.ended && (position === undefined || isWaiting(place, position, serving))) {
    return waitingStatus({ ...room, soldOut }, position, now);
  }
  return soldOut && !place.ended && !room.closed && !isOver(room, now) ? TokenStatus.SOLD_OUT : TokenStatus.EXPIRED;
}

/** People at the front are called before the line; a called person has nobody ahead. */
function aheadOf({ serving, front, gone }: Serving, position: number): number {
  if (position > serving) return countAhead({ serving, front: front.length, gone }, position);
  return front.includes(position) ? front.filter((place) => place < position).length : 0;
}
