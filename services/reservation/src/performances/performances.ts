import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import { LRUCache } from 'lru-cache';

/** A seat's place and price. They never change, so each instance keeps them. */
export interface SeatPlace {
  id: string;
  section: string;
  row: string;
  number: number;
  /** KRW. */
  price: number;
  /** Its number in the order of the layout, from 0 and without gaps; undefined where only the seats of a reservation were read. */
  position?: number;
}

/** What never changes of a performance. When it begins, and what a person may buy, each order reads anew. */
export interface Performance {
  id: string;
  concertId: string;
  /** By id, in the order of their positions. */
  seats: Map<string, SeatPlace>;
  /** By position. */
  idAt: string[];
  sections: Set<string>;
}

/** @throws Error when the seat is not of this performance, which callers have made sure of */
export function placeOf(performance: Performance, seatId: string): SeatPlace {
  const place = performance.seats.get(seatId);
  if (!place) throw new Error(`seat ${seatId} is not of performance ${performance.id}`);
  return place;
}

/** The positions of those seats that are of this performance. */
export function positionsOf(performance: Performance, seatIds: string[]): number[] {
  return seatIds.flatMap((id) => performance.seats.get(id)?.position ?? []);
}

export interface Performances {
  /** Undefined when there is no such performance (yet). */
  find: (id: string) => Promise<Performance | undefined>;
}

interface PerformanceRow {
  concert_id: Buffer;
}

interface SeatRow {
  id: Buffer;
  section: string;
  row_label: string;
  number: number;
  price: number;
}

// About 580,000 seats, or eleven of the largest performances. How it fits into the container: seat-maps.ts.
const mostBytes = 128 * 2 ** 20;
const bytesPerSeat = 230;

/** Performances with their layouts, read once per instance; those that nobody has asked for the longest are let go when they become too many. */
export function createPerformances(db: Queryable): Performances {
  const known = new LRUCache<string, Performance>({
    maxSize: mostBytes,
    sizeCalculation: ({ seats }) => 1_000 + seats.size * bytesPerSeat,
  });
  const reading = new Map<string, Promise<Performance | undefined>>();
  // However many ask for a layout that is not here yet, it is read once.
  const read = (id: string): Promise<Performance | undefined> => {
    const started = readPerformance(db, id)
      .then((performance) => {
        if (performance) known.set(id, performance);
        return performance;
      })
      .finally(() => reading.delete(id));
    reading.set(id, started);
    return started;
  };
  return { find: async (id) => known.get(id) ?? (await (reading.get(id) ?? read(id))) };
}

async function readPerformance(db: Queryable, id: string): Promise<Performance | undefined> {
  const [row] = await db.query<PerformanceRow>('SELECT concert_id FROM performances WHERE id = ?', [idToBinary(id)]);
  if (!row) return undefined;
  const seats = await db.query<SeatRow>(
    'SELECT id, section, row_label, number, price FROM seats WHERE performance_id = ? ORDER BY position',
    [idToBinary(id)],
  );
  const places = seats.map((seat, position): SeatPlace => {
    const { section, row_label: rowLabel, number, price } = seat;
    return { id: idFromBinary(seat.id), section, row: rowLabel, number, price, position };
  });
  return {
    id,
    concertId: idFromBinary(row.concert_id),
    seats: new Map(places.map((place) => [place.id, place])),
    idAt: places.map((place) => place.id),
    sections: new Set(places.map((place) => place.section)),
  };
}
