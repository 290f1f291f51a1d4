import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { RoomLine } from './gen/ticketing/queue/v1/queue_pb.ts';
import { NumberSet } from './number-set.ts';
import { type Departures, type Line, mayHaveLeft } from './standing.ts';

/** The line of a room as the queue tells it, for who follows it. */
export interface FollowedLine extends Line {
  epoch: string;
  paused: boolean;
  drawn: boolean;
  /** Join numbers of those who are away; only before the draw. */
  absent: NumberSet;
  departures: Departures;
}

/** A place that was told once. */
export interface KnownPlace {
  epoch: string;
  joinNumber: number;
  /** Undefined where it was not drawn yet. */
  position: number | undefined;
  /** How many had left the line when the place was still there. */
  departures: number;
}

/** @throws Error when a time is missing, which the queue never lets happen */
export function readRoomLine(message: RoomLine): FollowedLine {
  const { epoch, opensAt, endsAt, releasedAt, releasedPerSecond, paused, closed, soldOut, drawn, serving, front, slowestRate } = message;
  if (!opensAt || !releasedAt) throw new Error('the queue left a time out');
  return {
    ...{ epoch, paused, closed, soldOut, drawn, serving, front, slowestRate },
    opensAt: timestampMs(opensAt),
    endsAt: endsAt && timestampMs(endsAt),
    absent: NumberSet.parse(message.absent),
    gone: NumberSet.parse(message.gone),
    departures: { count: message.departures, recent: message.departed },
    rate: { perSecond: releasedPerSecond, at: timestampMs(releasedAt) },
  };
}

/**
 * Whether a place that was told once is one of those for whom the line says everything: it is not called yet, or not drawn, and its owner
 * has not left. Who is called, at the front or inside is told by the queue alone.
 */
export function isKnownToWait(line: FollowedLine, { epoch, joinNumber, position, departures }: KnownPlace): boolean {
  if (epoch !== line.epoch) return false;
  if (position === undefined) return !line.drawn && !line.absent.has(joinNumber);
  return position > line.serving && !mayHaveLeft(line, joinNumber, departures);
}
