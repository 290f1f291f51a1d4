import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import { type ReadyJson, readyJson } from '@ticketing/common/ready-json';
import { createCounter } from '@ticketing/common/telemetry';
import { createTimedCache } from '@ticketing/common/timed-cache';
import { LRUCache } from 'lru-cache';
import { changesSince, nextStep, type SeatChange, type SeatStatus, type Step } from './seat-changes.ts';

/** A seat map as it goes to clients: JSON bytes, made once per snapshot. */
export interface SeatMapSnapshot extends ReadyJson {
  /** The same with a letter for each seat, in the order of their positions. */
  positions: ReadyJson;
  /**
   * The time of the last change that is in it, in ms, alike in every instance. It can go back: a confirmation that is committed after
   * the end of its hold has an earlier time than that end.
   */
  version: number;
  /** When these were the seats, by the clock of the database. */
  readAt: Date;
  /** For how many ms it is still given; longer again once another read has found the same seats. */
  goodForMs: () => number;
  /** By seat id. */
  statuses: ReadonlyMap<string, SeatStatus>;
  /** Seats that were held or sold when the snapshot was taken. */
  held: Set<string>;
  sold: Set<string>;
}

export interface SeatMaps {
  get: (performanceId: string) => Promise<SeatMapSnapshot>;
  /** The snapshot, and what is different in it from the one with this ETag; undefined when that is not known any more. */
  changes: (performanceId: string, etag: string) => Promise<{ snapshot: SeatMapSnapshot; changes: SeatChange[] | undefined }>;
}

interface SeatRow {
  id: Buffer;
  section: string;
  row_label: string;
  number: number;
  price: number;
  status: SeatStatus;
  changed_at: Date;
  hold_ended_at: Date | null;
  read_at: Date;
}

// However many clients poll, MySQL sees two queries a second per instance and performance.
const snapshotMs = 500;
const mostPerformances = 100;
// Four of the largest performances. The container has 1 GiB (charts/ticketing/values.yaml): maps and layouts (performances.ts) take a quarter of
// it, and a read of 50,000 seats as much as one map for a moment.
const mostBytes = 64 * 2 ** 20;
// Ten seconds of changes; whoever comes later gets all seats.
const mostSteps = 20;

const reads = createCounter('ticketing_seat_map_reads_total', 'Seat maps that were read from the database');

/** Seat maps by performance id, at most half a second old. Of a cancelled performance no seat can be had: all are shown as sold. */
export function createSeatMaps(db: Queryable): SeatMaps {
  const histories = new LRUCache<string, { last: SeatMapSnapshot; steps: Step[] }>({
    ...{ max: mostPerformances, maxSize: mostBytes },
    sizeCalculation: ({ last }) => bytesOf(last),
  });
  const load = async (performanceId: string): Promise<SeatMapSnapshot> => {
    const read = await readSeatMap(db, performanceId);
    const before = histories.get(performanceId);
    // The same seats keep their snapshot, and what was compressed of it.
    if (before?.last.etag === read.etag) return Object.assign(before.last, { readAt: read.readAt, goodForMs: read.goodForMs });
    const steps = before ? [...before.steps, nextStep(before.last, read)].slice(-mostSteps) : [];
    histories.set(performanceId, { last: read, steps });
    return read;
  };
  const cache = createTimedCache({ ttlMs: snapshotMs, max: mostPerformances, size: { most: mostBytes, of: bytesOf }, load });
  return {
    get: cache.get,
    changes: async (performanceId, etag) => {
      const snapshot = await cache.get(performanceId);
      const history = histories.get(performanceId);
      const steps = history?.last.etag === snapshot.etag ? history.steps : [];
      return { snapshot, changes: changesSince(etag, snapshot.etag, steps) };
    },
  };
}

async function readSeatMap(db: Queryable, performanceId: string): Promise<SeatMapSnapshot> {
  reads.add(1);
  const rows = await db.query<SeatRow>(
    `SELECT s.id, s.section, s.row_label, s.number, s.price, GREATEST(s.changed_at, COALESCE(p.cancelled_at, s.changed_at)) AS changed_at,
            CASE WHEN p.status = 'CANCELLED' OR s.status = 'BLOCKED' THEN 'SOLD' WHEN s.status = 'HELD' AND s.hold_expires_at <= UTC_TIMESTAMP(3) THEN 'AVAILABLE'
                 ELSE s.status END AS status,
            CASE WHEN s.status = 'HELD' AND s.hold_expires_at <= UTC_TIMESTAMP(3) THEN s.hold_expires_at END AS hold_ended_at,
            UTC_TIMESTAMP(3) AS read_at
       FROM seats s JOIN performances p ON p.id = s.performance_id WHERE s.performance_id = ? ORDER BY s.position`,
    [idToBinary(performanceId)],
  );
  const seats = rows.map((row) => ({
    id: idFromBinary(row.id),
    section: row.section,
    row: row.row_label,
    number: row.number,
    price: row.price,
    status: row.status,
  }));
  // The end of a hold is a change too, although nobody wrote it.
  const version = rows.reduce((latest, row) => Math.max(latest, row.changed_at.getTime(), row.hold_ended_at?.getTime() ?? 0), 0);
  const idsOf = (status: SeatStatus): Set<string> => new Set(seats.filter((seat) => seat.status === status).map((seat) => seat.id));
  const statuses = new Map(seats.map(({ id, status }) => [id, status]));
  const readAt = rows[0]?.read_at ?? new Date(0);
  const goodUntil = performance.now() + snapshotMs;
  const goodForMs = (): number => Math.max(0, goodUntil - performance.now());
  return {
    ...readyJson({ performanceId, version, seats }),
    positions: readyJson({ version, statuses: seats.map(({ status }) => letters[status]).join('') }),
    ...{ version, readAt, goodForMs, statuses, held: idsOf('HELD'), sold: idsOf('SOLD') },
  };
}

const letters: Record<SeatStatus, string> = { AVAILABLE: 'A', HELD: 'H', SOLD: 'S' };

// The JSON and what is compressed of it are about half of it; the ids in maps and sets are the rest.
const bytesPerSeat = 320;

function bytesOf({ statuses }: SeatMapSnapshot): number {
  return 1_000 + statuses.size * bytesPerSeat;
}
