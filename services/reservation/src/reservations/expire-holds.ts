import { crashPoint } from '@ticketing/common/crash-point';
import { type Database, idToBinary, type Queryable } from '@ticketing/common/database';
import { addEvents } from '@ticketing/common/outbox';
import { createCounter } from '@ticketing/common/telemetry';
import { eventData } from './event-data.ts';
import { findReservations, type Reservation } from './reservation.ts';

const batchSize = 100;
const expired = createCounter('ticketing_holds_expired_total', 'Holds that the sweeper found dead');

/**
 * Writes down which holds have died and tells others by event. Seats of dead holds can be had before it has been here,
 * so a stopped sweeper costs nobody a seat.
 */
export async function expireHolds({ db }: { db: Database }): Promise<void> {
  let count: number;
  do {
    count = await expireBatch(db);
    if (count > 0) await crashPoint('expire.after-commit');
    expired.add(count);
  } while (count === batchSize);
}

async function expireBatch(db: Database): Promise<number> {
  return db.transaction(async (tx) => {
    const rows = await tx.query<{ id: Buffer }>(
      `SELECT id FROM reservations WHERE status = 'HELD' AND expires_at <= UTC_TIMESTAMP(3)
        ORDER BY expires_at LIMIT ${batchSize} FOR UPDATE SKIP LOCKED`,
    );
    if (rows.length === 0) return 0;
    const reservations = await findReservations(
      tx,
      rows.map((row) => row.id),
    );
    await writeExpired(tx, reservations);
    await crashPoint('expire.before-commit');
    return rows.length;
  });
}

/** Ends holds that nobody can pay for any more and whose rows the caller has locked, and tells others. */
export async function writeExpired(tx: Queryable, reservations: Reservation[]): Promise<void> {
  const ids = reservations.map((reservation) => idToBinary(reservation.id));
  await tx.execute("UPDATE reservations SET status = 'EXPIRED' WHERE id IN (?)", [ids]);
  // A seat that was taken over meanwhile has another reservation's id and stays with it.
  await tx.execute(
    `UPDATE seats SET status = 'AVAILABLE', reservation_id = NULL, hold_expires_at = NULL WHERE reservation_id IN (?) AND status = 'HELD'`,
    [ids],
  );
  await addEvents(
    tx,
    'reservation.expired',
    reservations.map((reservation) => ({ aggregateId: reservation.id, data: eventData(reservation) })),
  );
}
