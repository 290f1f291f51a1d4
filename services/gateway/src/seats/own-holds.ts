import { LRUCache } from 'lru-cache';

/** The seats that people have just been given here, for as long as a seat map may be shown that does not have them yet. */
export interface OwnHolds {
  add: (userId: string, reservation: HeldSeats) => void;
  /** Forgets a hold that was let go. */
  drop: (userId: string, reservationId: string) => void;
  /** Ids of seats of a performance. */
  seatsOf: (userId: string, performanceId: string) => ReadonlySet<string>;
}

interface HeldSeats {
  /** Of the reservation. */
  id: string;
  performanceId: string;
  seats: { id: string }[];
  /** UTC, ISO 8601. */
  expiresAt: string;
}

interface Remembered {
  reservationId: string;
  performanceId: string;
  seatIds: string[];
  /** Milliseconds since 1970. */
  until: number;
}

// A map is half a second old at most, and others may wait for three for the load that it comes from (common/timed-cache).
const rememberedMs = 4_000;
const mostPeople = 20_000;
const none: ReadonlySet<string> = new Set();

export function createOwnHolds(now: () => number = Date.now): OwnHolds {
  const people = new LRUCache<string, Remembered[]>({ max: mostPeople });
  const holdsOf = (userId: string): Remembered[] => (people.get(userId) ?? []).filter(({ until }) => until > now());
  return {
    add: (userId, { id, performanceId, seats, expiresAt }) => {
      const until = Math.min(Date.parse(expiresAt), now() + rememberedMs);
      people.set(userId, [...holdsOf(userId), { reservationId: id, performanceId, seatIds: seats.map((seat) => seat.id), until }]);
    },
    drop: (userId, reservationId) => {
      people.set(
        userId,
        holdsOf(userId).filter((hold) => hold.reservationId !== reservationId),
      );
    },
    seatsOf: (userId, performanceId) => {
      const here = holdsOf(userId).filter((hold) => hold.performanceId === performanceId);
      return here.length === 0 ? none : new Set(here.flatMap(({ seatIds }) => seatIds));
    },
  };
}
