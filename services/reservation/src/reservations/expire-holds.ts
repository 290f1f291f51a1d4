import { crashPoint } from '@ticketing/common/crash-point';
import { type Database, idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import { isOutage } from '@ticketing/common/outage';
import { addEvents } from '@ticketing/common/outbox';
import { createCounter } from '@ticketing/common/telemetry';
import { eventData } from './event-data.ts';
import { findReservations, type Reservation } from './reservation.ts';

const batchSize = 100;
const expired = createCounter('ticketing_holds_expired_total', 'Holds that the sweeper found dead');

/**
 * Writes down which holds have died and tells others by event. Seats of dead holds can be had before it has been here,
 * so a stopped sweeper costs nobody a seat. A hold that can't be ended holds up no other.
 */
export async function expireHolds({ db }: { db: Database }): Promise<void> {
  const bad = new Map<string, unknown>();
  let due: Buffer[];
  let progress: number;
  do {
    due = await findDue(db, [...bad.keys()]);
    const known = bad.size;
    const ended = await expire(db, due).catch((error: unknown) => {
      if (isOutage(error)) throw error;
      return expireEach(db, due, bad);
    });
    // What another instance has in hand is due until it is done there.
    progress = ended + bad.size - known;
  } while (due.length === batchSize && progress > 0);
  for (const reason of bad.values()) throw reason;
}

async function findDue(db: Database, except: string[]): Promise<Buffer[]> {
  const rows = await db.query<{ id: Buffer }>(
    `SELECT id FROM reservations
      WHERE ${except.length === 0 ? '' : 'id NOT IN (?) AND'} status = 'HELD' AND expires_at <= UTC_TIMESTAMP(3)
      ORDER BY expires_at LIMIT ${batchSize}`,
    except.length === 0 ? [] : [except.map(idToBinary)],
  );
  return rows.map(({ id }) => id);
}

async function expireEach(db: Database, ids: Buffer[], bad: Map<string, unknown>): Promise<number> {
  let ended = 0;
  for (const id of ids) {
    ended += await expire(db, [id]).catch((reason: unknown) => {
      if (isOutage(reason)) throw reason;
      bad.set(idFromBinary(id), reason);
      return 0;
    });
  }
  return ended;
}

async function expire(db: Database, ids: Buffer[]): Promise<number> {
  const count = ids.length === 0 ? 0 : await expireBatch(db, ids);
  if (count > 0) await crashPoint('expire.after-commit');
  expired.add(count);
  return count;
}

/** Ends those of the holds that are still there and in nobody's hand. @returns how many */
async function expireBatch(db: Database, due: Buffer[]): Promise<number> {
  return db.transaction(async (tx) => {
    const rows = await tx.query<{ id: Buffer }>(
      `SELECT id FROM reservations
        WHERE id IN (?) AND status = 'HELD' AND expires_at <= UTC_TIMESTAMP(3)
          FOR UPDATE SKIP LOCKED`,
      [due],
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
