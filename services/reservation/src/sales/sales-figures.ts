import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import { createTimedCache } from '@ticketing/common/timed-cache';

export interface SectionSales {
  section: string;
  capacity: number;
  sold: number;
  held: number;
  free: number;
  /** KRW of the seats that are sold now. */
  amount: number;
  refundedSeats: number;
  refundedAmount: number;
}

export interface PerformanceSales {
  performanceId: string;
  startsAt: Date;
  sections: SectionSales[];
}

/** The sales of a concert as they were at one moment. */
export interface ConcertSales {
  performances: PerformanceSales[];
  readAt: Date;
}

export interface SalesFigures {
  /** At most half a second old, or where there are very many seats some seconds. */
  ofConcert: (concertId: string) => Promise<ConcertSales>;
}

/** Counts once for all who ask, and for no more than a twentieth of the time: it reads every seat of the concert. */
export function createSalesFigures(db: Queryable): SalesFigures {
  const load = (concertId: string): Promise<ConcertSales> => readSales(db, concertId);
  return { ofConcert: createTimedCache({ ttlMs: 500, restFactor: 20, max: 1_000, load }).get };
}

interface CountRow {
  performance_id: Buffer;
  section: string;
  capacity: number;
  sold: string | number;
  held: string | number;
  free: string | number;
  amount: string | number;
}

interface RefundRow {
  performance_id: Buffer;
  section: string;
  seats: string | number;
  amount: string | number;
}

async function readSales(db: Queryable, concertId: string): Promise<ConcertSales> {
  const performances = await db.query<{ id: Buffer; starts_at: Date }>(
    'SELECT id, starts_at FROM performances WHERE concert_id = ? ORDER BY starts_at, id',
    [idToBinary(concertId)],
  );
  const [time] = await db.query<{ read_at: Date }>('SELECT UTC_TIMESTAMP(3) AS read_at');
  if (!time) throw new Error('the database told no time');
  const ids = performances.map(({ id }) => id);
  const sections = ids.length === 0 ? new Map<string, SectionSales[]>() : await countSections(db, ids);
  return {
    readAt: time.read_at,
    performances: performances.map(({ id, starts_at: startsAt }) => {
      const performanceId = idFromBinary(id);
      return { performanceId, startsAt, sections: sections.get(performanceId) ?? [] };
    }),
  };
}

/** @returns by performance id */
async function countSections(db: Queryable, ids: Buffer[]): Promise<Map<string, SectionSales[]>> {
  const counts = await db.query<CountRow>(
    `SELECT performance_id, section, COUNT(*) AS capacity, SUM(status = 'SOLD') AS sold,
            SUM(status = 'HELD' AND hold_expires_at > UTC_TIMESTAMP(3)) AS held,
            SUM(status = 'AVAILABLE' OR (status = 'HELD' AND hold_expires_at <= UTC_TIMESTAMP(3))) AS free,
            SUM(CASE WHEN status = 'SOLD' THEN price ELSE 0 END) AS amount, MIN(position) AS place
       FROM seats WHERE performance_id IN (?) GROUP BY performance_id, section ORDER BY performance_id, place`,
    [ids],
  );
  const refunds = await db.query<RefundRow>(
    `SELECT performance_id, section, SUM(seats_refunded) AS seats, SUM(amount_refunded) AS amount
       FROM sales_minutes WHERE performance_id IN (?) GROUP BY performance_id, section`,
    [ids],
  );
  const refunded = new Map(refunds.map((row) => [nameOf(row), row]));
  const sections = new Map<string, SectionSales[]>();
  for (const row of counts) {
    const refund = refunded.get(nameOf(row));
    const performanceId = idFromBinary(row.performance_id);
    const sales = {
      ...{ section: row.section, capacity: row.capacity, sold: Number(row.sold), held: Number(row.held), free: Number(row.free) },
      ...{ amount: Number(row.amount), refundedSeats: Number(refund?.seats ?? 0), refundedAmount: Number(refund?.amount ?? 0) },
    };
    sections.set(performanceId, [...(sections.get(performanceId) ?? []), sales]);
  }
  return sections;
}

function nameOf({ performance_id: id, section }: { performance_id: Buffer; section: string }): string {
  return `${idFromBinary(id)} ${section}`;
}
