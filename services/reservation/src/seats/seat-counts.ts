import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import { createTimedCache } from '@ticketing/common/timed-cache';

/** The seats of a performance. An expired hold counts as available. Once the performance has begun or is cancelled, no seat is available or held. */
export interface SeatCount {
  performanceId: string;
  total: number;
  held: number;
  sold: number;
  /** Kept for guests, and in no other count but the total. */
  blocked: number;
  available: number;
}

export interface SeatCounts {
  /** Of all performances of a concert: half a second old at most, five seconds where there are so many seats that counting them takes long. */
  ofConcert: (concertId: string) => Promise<SeatCount[]>;
}

interface CountRow {
  performance_id: Buffer;
  total: number;
  held: string | number;
  sold: string | number;
  blocked: string | number;
  upcoming: number;
}

/** Counts seats once for all who ask, and for no more than a twentieth of the time, also of concerts with hundreds of thousands of seats. */
export function createSeatCounts(db: Queryable): SeatCounts {
  const load = async (concertId: string): Promise<SeatCount[]> => {
    const rows = await db.query<{ id: Buffer }>('SELECT id FROM performances WHERE concert_id = ?', [idToBinary(concertId)]);
    return countSeats(
      db,
      rows.map(({ id }) => id),
    );
  };
  return { ofConcert: createTimedCache({ ttlMs: 500, restFactor: 20, max: 10_000, load }).get };
}

/** Reads every seat of the performances; an index on the status would not shorten that much (docs/queries/counts.md). */
export async function countSeats(db: Queryable, performanceIds: Buffer[]): Promise<SeatCount[]> {
  if (performanceIds.length === 0) return [];
  const rows = await db.query<CountRow>(
    `SELECT s.performance_id, COUNT(*) AS total,
            SUM(s.status = 'HELD' AND s.hold_expires_at > UTC_TIMESTAMP(3)) AS held,
            SUM(s.status = 'SOLD') AS sold,
            SUM(s.status = 'BLOCKED') AS blocked,
            MAX(p.starts_at > UTC_TIMESTAMP(3) AND p.status = 'SCHEDULED') AS upcoming
       FROM seats s JOIN performances p ON p.id = s.performance_id WHERE s.performance_id IN (?) GROUP BY s.performance_id`,
    [performanceIds],
  );
  return rows.map(({ performance_id: id, total, upcoming, ...row }) => {
    const [held, sold, blocked] = [upcoming === 1 ? Number(row.held) : 0, Number(row.sold), Number(row.blocked)];
    const available = upcoming === 1 ? total - held - sold - blocked : 0;
    return { performanceId: idFromBinary(id), total, held, sold, blocked, available };
  });
}
