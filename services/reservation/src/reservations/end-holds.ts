import type { Database } from '@ticketing/common/database';
import { writeExpired } from './expire-holds.ts';
import { findReservations } from './reservation.ts';

const batchSize = 100;
const cancellationsPerTurn = 10;
// Who looked at the sale before it was stopped may still write a hold; no transaction takes that long.
const lateHoldSeconds = 30;

/**
 * Ends the holds of cancelled performances, some at a time. Two of these at once are safe, and one that is killed is gone on with. Nobody can pay
 * for such a hold meanwhile.
 */
export async function endHolds({ db }: { db: Database }): Promise<void> {
  const open = await db.query<{ performance_id: Buffer; settled: number }>(
    `SELECT performance_id, stopped_at < UTC_TIMESTAMP(3) - INTERVAL ${lateHoldSeconds} SECOND AS settled
       FROM cancellations WHERE done_at IS NULL ORDER BY stopped_at LIMIT ${cancellationsPerTurn}`,
  );
  for (const { performance_id: id, settled } of open) {
    const found = await endHoldsOf(db, id);
    if (found > 0 || settled !== 1) continue;
    await db.execute('UPDATE cancellations SET done_at = UTC_TIMESTAMP(3) WHERE performance_id = ? AND done_at IS NULL', [id]);
  }
}

/** @returns how many there were, also of those that somebody else has in hand */
async function endHoldsOf(db: Database, performanceId: Buffer): Promise<number> {
  let found = 0;
  for (;;) {
    const due = await db.query<{ id: Buffer }>(
      `SELECT id FROM reservations WHERE performance_id = ? AND status = 'HELD' LIMIT ${batchSize}`,
      [performanceId],
    );
    found += due.length;
    const ended =
      due.length === 0
        ? 0
        : await endBatch(
            db,
            due.map(({ id }) => id),
          );
    // A confirmation has the others, and will be refused.
    if (ended === 0 || due.length < batchSize) return found;
  }
}

async function endBatch(db: Database, ids: Buffer[]): Promise<number> {
  return db.transaction(async (tx) => {
    const rows = await tx.query<{ id: Buffer }>("SELECT id FROM reservations WHERE id IN (?) AND status = 'HELD' FOR UPDATE SKIP LOCKED", [
      ids,
    ]);
    if (rows.length === 0) return 0;
    const held = await findReservations(
      tx,
      rows.map(({ id }) => id),
    );
    await writeExpired(tx, held);
    return rows.length;
  });
}
