import { type Database, idFromBinary, idToBinary, type Queryable, Rollback } from '@ticketing/common/database';
import { addEvent } from '@ticketing/common/outbox';
import { type Refusal, refuse } from '@ticketing/common/refusal';
import type { Performance, SeatPlace } from '../performances/performances.ts';
import { chooseSeats } from '../seats/choose-seats.ts';
import type { Reservation } from './reservation.ts';

/** What a person wants to hold: these seats, or the best `quantity` seats where `seatIds` is empty. */
export interface HoldOrder {
  reservationId: string;
  userId: string;
  performance: Performance;
  /** Sorted, so that transactions lock in one order. */
  seatIds: string[];
  quantity: number;
  /** Only for the best seats; empty for any. */
  section: string;
  holdSeconds: number;
}

/** A seat can be had when nobody has it, or when its hold is dead, whether or not a sweeper has been there. */
const canBeHad = `(status = 'AVAILABLE' OR (status = 'HELD' AND hold_expires_at <= UTC_TIMESTAMP(3)))`;

/**
 * Writes a hold in one transaction: person's limit, seats, reservation, event. All or nothing; MySQL is the arbiter and its clock decides.
 * @param finish runs in the transaction with the reservation; its result is the answer
 */
export async function placeHold<T>(
  db: Database,
  order: HoldOrder,
  finish: (tx: Queryable, reservation: Reservation) => Promise<T>,
): Promise<T | Refusal> {
  return db.transaction<T | Refusal>(async (tx) => {
    const sale = await lockPersonLimit(tx, order);
    if (!sale.open) return new Rollback(refuse('sale-not-open', 'The sale has not begun.'));
    const seats = order.seatIds.length > 0 ? pickPlaces(order, order.seatIds) : await chooseBestSeats(tx, order);
    if (!seats) return new Rollback(refuse('not-enough-seats', 'There are not that many free seats.'));
    const limit = order.performance.maxSeatsPerPerson;
    if (sale.seatsOfPerson + seats.length > limit) {
      return new Rollback(refuse('person-limit-reached', `One person can have ${limit} seats of this performance.`));
    }

    const expiresAt = new Date(sale.now.getTime() + order.holdSeconds * 1_000);
    const refusal = await takeSeats(tx, order, seats, expiresAt);
    if (refusal) return new Rollback(refusal);
    const reservation = describe(order, seats, expiresAt);
    await insertReservation(tx, reservation);
    await addEvent(tx, 'reservation.held', reservation.id, {
      reservationId: reservation.id,
      performanceId: reservation.performanceId,
      concertId: reservation.concertId,
      userId: reservation.userId,
      seatIds: seats.map((seat) => seat.id),
      amount: reservation.amount,
      expiresAt: expiresAt.toISOString(),
    });
    return finish(tx, reservation);
  });
}

/** Counts the person's live seats under a lock on the person's row, so that concurrent orders of one person take turns. */
async function lockPersonLimit(tx: Queryable, order: HoldOrder): Promise<{ seatsOfPerson: number; open: boolean; now: Date }> {
  const [performanceId, userId] = [idToBinary(order.performance.id), idToBinary(order.userId)];
  await tx.execute('INSERT INTO person_limits (performance_id, user_id) VALUES (?, ?) ON DUPLICATE KEY UPDATE orders = orders + 1', [
    performanceId,
    userId,
  ]);
  const [row] = await tx.query<{ seats: string | number; open: number; now: Date }>(
    `SELECT (SELECT COALESCE(SUM(seat_count), 0) FROM reservations
              WHERE performance_id = ? AND user_id = ?
                AND (status = 'CONFIRMED' OR (status = 'HELD' AND expires_at > UTC_TIMESTAMP(3)))) AS seats,
            sale_opens_at <= UTC_TIMESTAMP(3) AS open, UTC_TIMESTAMP(3) AS now
       FROM performances WHERE id = ?`,
    [performanceId, userId, performanceId],
  );
  if (!row) throw new Error(`performance ${order.performance.id} is gone`);
  return { seatsOfPerson: Number(row.seats), open: row.open === 1, now: row.now };
}

function pickPlaces(order: HoldOrder, seatIds: string[]): SeatPlace[] {
  return seatIds.map((id) => {
    const place = order.performance.seats.get(id);
    if (!place) throw new Error(`seat ${id} is not of performance ${order.performance.id}`);
    return place;
  });
}

// More than any order needs, so that neighbours can be found; few enough that others find seats beside it.
const candidates = 60;

async function chooseBestSeats(tx: Queryable, order: HoldOrder): Promise<SeatPlace[] | undefined> {
  // Seats that somebody is just about to take are passed over first; only when too few are left it is worth waiting for them.
  for (const locking of ['FOR UPDATE SKIP LOCKED', 'FOR UPDATE']) {
    const rows = await tx.query<{ id: Buffer; position: number }>(
      `SELECT id, position FROM seats WHERE performance_id = ? AND (? = '' OR section = ?) AND ${canBeHad}
        ORDER BY position LIMIT ${candidates} ${locking}`,
      [idToBinary(order.performance.id), order.section, order.section],
    );
    const free = rows.map(({ id, position }) => ({ position, id: idFromBinary(id) }));
    const places = pickPlaces(
      order,
      free.map((seat) => seat.id),
    );
    const chosen = chooseSeats(
      places.map((place, index) => ({ ...place, position: free[index]?.position ?? 0 })),
      order.quantity,
    );
    if (chosen) return pickPlaces(order, chosen.map((seat) => seat.id).sort());
  }
  return undefined;
}

async function takeSeats(tx: Queryable, order: HoldOrder, seats: SeatPlace[], expiresAt: Date): Promise<Refusal | undefined> {
  const ids = seats.map((seat) => idToBinary(seat.id));
  const performanceId = idToBinary(order.performance.id);
  const taken = await tx.execute(
    `UPDATE seats SET status = 'HELD', reservation_id = ?, hold_expires_at = ? WHERE performance_id = ? AND id IN (?) AND ${canBeHad}`,
    [idToBinary(order.reservationId), expiresAt, performanceId, ids],
  );
  if (taken === seats.length) return undefined;
  const lost = await tx.query<{ id: Buffer }>(`SELECT id FROM seats WHERE performance_id = ? AND id IN (?) AND reservation_id <> ?`, [
    performanceId,
    ids,
    idToBinary(order.reservationId),
  ]);
  const lostIds = lost.map((row) => idFromBinary(row.id));
  return refuse('seat-taken', 'Somebody else was faster.', lostIds);
}

function describe(order: HoldOrder, seats: SeatPlace[], expiresAt: Date): Reservation {
  return {
    id: order.reservationId,
    userId: order.userId,
    concertId: order.performance.concertId,
    performanceId: order.performance.id,
    status: 'HELD',
    seats,
    amount: seats.reduce((sum, seat) => sum + seat.price, 0),
    expiresAt,
    tickets: [],
  };
}

async function insertReservation(tx: Queryable, reservation: Reservation): Promise<void> {
  const id = idToBinary(reservation.id);
  await tx.execute(
    `INSERT INTO reservations (id, user_id, concert_id, performance_id, status, seat_count, amount, expires_at)
     VALUES (?, ?, ?, ?, 'HELD', ?, ?, ?)`,
    [
      id,
      idToBinary(reservation.userId),
      idToBinary(reservation.concertId),
      idToBinary(reservation.performanceId),
      reservation.seats.length,
      reservation.amount,
      reservation.expiresAt,
    ],
  );
  await tx.execute('INSERT INTO reservation_seats (reservation_id, seat_id, section, row_label, number, price) VALUES ?', [
    reservation.seats.map((seat) => [id, idToBinary(seat.id), seat.section, seat.row, seat.number, seat.price]),
  ]);
}
