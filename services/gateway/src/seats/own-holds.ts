import { type Timestamp, timestampMs } from '@bufbuild/protobuf/wkt';
import { LRUCache } from 'lru-cache';

/** The seats that people have been given here. */
export interface OwnHolds {
  add: (userId: string, reservation: HeldSeats) => void;
  /** Forgets a hold that was let go. */
  drop: (userId: string, reservationId: string) => void;
  /** Ids of seats of a performance that were given just now, for as long as a seat map may be shown that does not have them yet. */
  seatsOf: (userId: string, performanceId: string) => ReadonlySet<string>;
  /** Their positions in the layout. */
  positionsOf: (userId: string, performanceId: string) => readonly number[];
  /** What was told of a hold, until it ends. */
  find: (userId: string, reservationId: string) => Pick<HeldSeats, 'performanceId' | 'concertId' | 'amount'> | undefined;
}

interface HeldSeats {
  /** Of the reservation. */
  id: string;
  performanceId: string;
  concertId: string;
  /** KRW. */
  amount: bigint;
  seats: { id: string; position?: number | undefined }[];
  expiresAt?: Timestamp | undefined;
}

interface Remembered {
  reservation: HeldSeats;
  /** Milliseconds since 1970. */
  shownUntil: number;
  endsAt: number;
}

// A map is half a second old at most, and others may wait for three for the load that it comes from (common/timed-cache).
const shownMs = 4_000;
const mostPeople = 20_000;
const mostHolds = 20;
const none: ReadonlySet<string> = new Set();

export function createOwnHolds(now: () => number = Date.now): OwnHolds {
  const people = new LRUCache<string, Remembered[]>({ max: mostPeople });
  const holdsOf = (userId: string): Remembered[] => (people.get(userId) ?? []).filter(({ endsAt }) => endsAt > now());
  const shownSeats = (userId: string, performanceId: string): HeldSeats['seats'] =>
    holdsOf(userId)
      .filter(({ reservation, shownUntil }) => reservation.performanceId === performanceId && shownUntil > now())
      .flatMap(({ reservation }) => reservation.seats);
  return {
    add: (userId, reservation) => {
      const endsAt = reservation.expiresAt ? timestampMs(reservation.expiresAt) : now();
      const shownUntil = Math.min(endsAt, now() + shownMs);
      people.set(userId, [...holdsOf(userId), { reservation, shownUntil, endsAt }].slice(-mostHolds));
    },
    drop: (userId, reservationId) => {
      people.set(
        userId,
        holdsOf(userId).filter(({ reservation }) => reservation.id !== reservationId),
      );
    },
    seatsOf: (userId, performanceId) => {
      const seats = shownSeats(userId, performanceId);
      return seats.length === 0 ? none : new Set(seats.map(({ id }) => id));
    },
    positionsOf: (userId, performanceId) => shownSeats(userId, performanceId).flatMap(({ position }) => position ?? []),
    find: (userId, reservationId) => holdsOf(userId).find(({ reservation }) => reservation.id === reservationId)?.reservation,
  };
}
