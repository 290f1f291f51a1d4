import { createHash } from 'node:crypto';
import { type Database, idFromBinary, idToBinary } from '@ticketing/common/database';
import { createTimedCache, type TimedCache } from '@ticketing/common/timed-cache';

/** A seat map as it goes to clients: JSON bytes, made once per snapshot. */
export interface SeatMapSnapshot {
  json: Uint8Array;
  etag: string;
  /** Seats that were held or sold when the snapshot was taken. */
  held: Set<string>;
  sold: Set<string>;
}

export type SeatMaps = TimedCache<SeatMapSnapshot>;

interface SeatRow {
  id: Buffer;
  section: string;
  row_label: string;
  number: number;
  price: number;
  status: 'AVAILABLE' | 'HELD' | 'SOLD';
  changed_at: Date;
}

// However many clients poll, MySQL sees two queries a second per instance and performance.
const snapshotMs = 500;

/** Seat maps by performance id, at most half a second old. */
export function createSeatMaps(db: Database): SeatMaps {
  return createTimedCache({ ttlMs: snapshotMs, max: 100, load: (performanceId) => readSeatMap(db, performanceId) });
}

async function readSeatMap(db: Database, performanceId: string): Promise<SeatMapSnapshot> {
  const rows = await db.query<SeatRow>(
    `SELECT id, section, row_label, number, price, changed_at,
            CASE WHEN status = 'HELD' AND hold_expires_at <= UTC_TIMESTAMP(3) THEN 'AVAILABLE' ELSE status END AS status
       FROM seats WHERE performance_id = ? ORDER BY position`,
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
  const version = rows.reduce((latest, row) => Math.max(latest, row.changed_at.getTime()), 0);
  const json = Buffer.from(JSON.stringify({ performanceId, version, seats }));
  const idsOf = (status: SeatRow['status']): Set<string> => new Set(seats.filter((seat) => seat.status === status).map((seat) => seat.id));
  const etag = `"${createHash('sha1').update(json).digest('base64url')}"`;
  return { json, etag, held: idsOf('HELD'), sold: idsOf('SOLD') };
}
