import { type Database, idToBinary, type Queryable } from '@ticketing/common/database';

const ticketsPerTransaction = 2_000;

/**
 * Numbers what has changed of the tickets of a performance since it was looked at last, so that gates can ask for what is behind a number.
 *
 * A number is given out when the change can be seen, by one reader at a time, and not by whoever makes the change: what commits late gets a
 * late number, and no gate misses it. What has changed shows by comparison, so it does not matter who has changed it.
 */
export async function numberChanges(db: Database, performanceId: string): Promise<void> {
  let numbered: number;
  do {
    numbered = await db.transaction((tx) => numberSome(tx, idToBinary(performanceId)));
  } while (numbered === ticketsPerTransaction);
}

const isVoid = "t.live_seat_id IS NULL OR p.status = 'CANCELLED'";

interface ChangedRow {
  id: Buffer;
  is_void: number;
  checked_in_at: Date | null;
}

async function numberSome(tx: Queryable, performanceId: Buffer): Promise<number> {
  await tx.execute('INSERT INTO gate_marks (performance_id, seq) VALUES (?, 0) ON DUPLICATE KEY UPDATE seq = seq', [performanceId]);
  const [mark] = await tx.query<{ seq: number }>('SELECT seq FROM gate_marks WHERE performance_id = ? FOR UPDATE', [performanceId]);
  const changed = await tx.query<ChangedRow>(
    `SELECT t.id, ${isVoid} AS is_void, c.scanned_at AS checked_in_at
       FROM reservations r
       JOIN performances p ON p.id = r.performance_id
       JOIN tickets t ON t.reservation_id = r.id
       LEFT JOIN check_ins c ON c.live_ticket_id = t.id
       LEFT JOIN gate_tickets g ON g.performance_id = r.performance_id AND g.ticket_id = t.id
      WHERE r.performance_id = ?
        AND (g.ticket_id IS NULL OR g.is_void <> (${isVoid}) OR NOT (g.checked_in_at <=> c.scanned_at))
      LIMIT ${ticketsPerTransaction}`,
    [performanceId],
  );
  if (changed.length === 0) return 0;
  const last = mark?.seq ?? 0;
  await tx.execute(
    `INSERT INTO gate_tickets (performance_id, ticket_id, seq, is_void, checked_in_at) VALUES ?
     ON DUPLICATE KEY UPDATE seq = VALUES(seq), is_void = VALUES(is_void), checked_in_at = VALUES(checked_in_at)`,
    [changed.map((row, index) => [performanceId, row.id, last + index + 1, row.is_void, row.checked_in_at])],
  );
  await tx.execute('UPDATE gate_marks SET seq = ? WHERE performance_id = ?', [last + changed.length, performanceId]);
  return changed.length;
}
