import { RoomState } from './gen/ticketing/queue/v1/queue_pb.ts';

/** What decides whether a waiting room is open. Times are milliseconds since 1970. */
export interface RoomTimes {
  opensAt: number;
  /** When the last performance begins, and with it the sale is over; undefined while none is known. */
  endsAt?: number | undefined;
  closed: boolean;
}

export function isOpen({ opensAt }: Pick<RoomTimes, 'opensAt'>, now: number): boolean {
  return now >= opensAt;
}

/** Whether the last performance has begun: nothing is on sale after that. */
export function isOver({ endsAt }: Pick<RoomTimes, 'endsAt'>, now: number): boolean {
  return endsAt !== undefined && now >= endsAt;
}

/** The public state of a room. */
export function stateOf(room: RoomTimes & { paused: boolean }, now: number): RoomState {
  if (room.closed || isOver(room, now)) return RoomState.CLOSED;
  if (!isOpen(room, now)) return RoomState.PRE_OPEN;
  return room.paused ? RoomState.PAUSED : RoomState.OPEN;
}
