import { setTimeout as delay } from 'node:timers/promises';
import { type Database, idFromBinary, idToBinary, type Queryable, Rollback } from '@ticketing/common/database';
import { addEvent } from '@ticketing/common/outbox';
import { type Refusal, refuse } from '@ticketing/common/refusal';
import { type Performance, placeOf, type SeatPlace } from '../performances/performances.ts';
import { canBeHad, chooseBestSeats } from './choose-best-seats.ts';
import { eventData } from './event-data.ts';
import { tryToLockPerson } from './person-limit.ts';
import type { Reservation } from './reservation.ts';

/** What a person wants to hold: these seats, or the best `quantity` seats where `seatIds` is empty. */
export interface HoldOrder {
  reservationId: string;
  userId: string;
  /** The queue pass that it is placed with. */
  passId: string;
  performance: Performance;
  /** Sorted, so that transactions lock in one order. */
  seatIds: string[];
  quantity: number;
  /** Only for the best seats; empty for any. */
  section: string;
  holdSeconds: number;
}

/** Another order of the person, or orders for the same seats, are just being written. */
type Busy = 'person-busy' | 'seats-busy';

const longestPauseMs = 30;
// Then an order stands in line for seats; with the wait for a lock that is no longer than whoever asked waits.
const lineUpAfterMs = 1_000;
const giveUpAfterMs = 3_000;

/**
 * Writes a hold in one transaction: person's limit, seats, reservation, event. All or nothing; MySQL is the arbiter and its clock decides.
 * Where others are in the way it tries again for a while, each time in a new transaction, so that nobody who waits keeps a connection.
 * @param finish runs in the transaction with the reservation; its result is the answer
 */
export async function placeHold<T extends object>(
  db: Database,
  order: HoldOrder,
  finish: (tx: Queryable, reservation: Reservation) => Promise<T>,
): Promise<T | Refusal> {
  let busySince: number | undefined;
  for (;;) {
    const busyMs = busySince === undefined ? 0 : performance.now() - busySince;
    const placed = await db.transaction<T | Refusal | Busy>((tx) => tryToPlace(tx, order, finish, busyMs > lineUpAfterMs));
    if (typeof placed === 'object') return placed;
    if (busyMs > giveUpAfterMs) return refuse('order-in-progress', 'Another of your orders is still being processed.');
    busySince ??= performance.now();
    await delay(Math.random() * longestPauseMs);
  }
}

async function tryToPlace<T>(
  tx: Queryable,
  order: HoldOrder,
  finish: (tx: Queryable, reservation: Reservation) => Promise<T>,
  linesUp: boolean,
): Promise<T | Refusal | Busy | Rollback<Refusal>> {
  const person = { performanceId: order.performance.id, userId: order.userId };
  if (!(await tryToLockPerson(tx, person))) return 'person-busy';
  const sale = await lookAtSale(tx, person);
  const quantity = order.seatIds.length > 0 ? order.seatIds.length : order.quantity;
  const against = checkSale(sale, quantity, order.performance.maxSeatsPerPerson);
  if (against) return new Rollback(against);

  const chosen =
    order.seatIds.length > 0 ? order.seatIds.map((id) => placeOf(order.performance, id)) : await chooseBestSeats(tx, order, linesUp);
  if (!chosen) return new Rollback(refuse('not-enough-seats', 'Fewer seats are free than were asked for.'));
  if (chosen === 'busy') return 'seats-busy';
  const seats = chosen.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const hold = describe(order, seats, sale);
  const lost = await takeSeats(tx, hold);
  if (lost) return new Rollback(lost);
  const reservation = { ...hold, createdAt: await insertReservation(tx, hold) };
  await addEvent(tx, 'reservation.held', reservation.id, { ...eventData(reservation), expiresAt: reservation.expiresAt.toISOString() });
  return finish(tx, reservation);
}

interface Sale {
  /** Live ones, of this person. */
  seatsOfPerson: number;
  open: boolean;
  startsAt: Date;
  now: Date;
}

async function lookAtSale(tx: Queryable, { performanceId, userId }: { performanceId: string; userId: string }): Promise<Sale> {
  const id = idToBinary(performanceId);
  const [row] = await tx.query<{ seats: string | number; open: number; starts_at: Date; now: Date }>(
    `SELECT (SELECT COALESCE(SUM(seat_count), 0) FROM reservations
              WHERE performance_id = ? AND user_id = ?
                AND (status = 'CONFIRMED' OR (status = 'HELD' AND expires_at > UTC_TIMESTAMP(3)))) AS seats,
            starts_at, sale_opens_at <= UTC_TIMESTAMP(3) AS open, UTC_TIMESTAMP(3) AS now
       FROM performances WHERE id = ?`,
    [id, idToBinary(userId), id],
  );
  if (!row) throw new Error(`performance ${performanceId} is gone`);
  return { seatsOfPerson: Number(row.seats), open: row.open === 1, startsAt: row.starts_at, now: row.now };
}

function checkSale(sale: Sale, quantity: number, limit: number): Refusal | undefined {
  if (sale.startsAt <= sale.now) return refuse('sale-over', 'The performance has begun.');
  if (!sale.open) return refuse('sale-not-open', 'The sale has not begun.');
  if (sale.seatsOfPerson + quantity > limit) {
    return refuse('person-limit-reached', `One person can have ${limit} seats of this performance.`);
  }
  return undefined;
}

async function takeSeats(tx: Queryable, { id, performanceId, seats, expiresAt }: NewHold): Promise<Refusal | undefined> {
  const seatIds = seats.map((seat) => idToBinary(seat.id));
  const taken = await tx.execute(
    `UPDATE seats SET status = 'HELD', reservation_id = ?, hold_expires_at = ? WHERE performance_id = ? AND id IN (?) AND ${canBeHad}`,
    [idToBinary(id), expiresAt, idToBinary(performanceId), seatIds],
  );
  if (taken === seats.length) return undefined;
  const lost = await tx.query<{ id: Buffer }>('SELECT id FROM seats WHERE performance_id = ? AND id IN (?) AND reservation_id <> ?', [
    idToBinary(performanceId),
    seatIds,
    idToBinary(id),
  ]);
  const lostIds = lost.map((row) => idFromBinary(row.id));
  return refuse('seat-taken', 'The seats are taken.', lostIds);
}

type NewHold = Omit<Reservation, 'createdAt'>;

function describe(order: HoldOrder, seats: SeatPlace[], { now, startsAt }: Sale): NewHold {
  return {
    id: order.reservationId,
    userId: order.userId,
    concertId: order.performance.concertId,
    performanceId: order.performance.id,
    status: 'HELD',
    seats,
    amount: seats.reduce((sum, seat) => sum + seat.price, 0),
    // Nothing is sold once the performance has begun.
    expiresAt: new Date(Math.min(now.getTime() + order.holdSeconds * 1_000, startsAt.getTime())),
    passId: order.passId,
    paymentId: undefined,
    tickets: [],
  };
}

/** @returns when it was made, which is not before its seats were taken */
async function insertReservation(tx: Queryable, reservation: NewHold): Promise<Date> {
  const id = idToBinary(reservation.id);
  await tx.execute(
    `INSERT INTO reservations (id, user_id, concert_id, performance_id, status, seat_count, amount, expires_at, pass_id)
     VALUES (?, ?, ?, ?, 'HELD', ?, ?, ?, ?)`,
    [
      id,
      idToBinary(reservation.userId),
      idToBinary(reservation.concertId),
      idToBinary(reservation.performanceId),
      reservation.seats.length,
      reservation.amount,
      reservation.expiresAt,
      reservation.passId,
    ],
  );
  await tx.execute('INSERT INTO reservation_seats (reservation_id, seat_id, section, row_label, number, price) VALUES ?', [
    reservation.seats.map((seat) => [id, idToBinary(seat.id), seat.section, seat.row, seat.number, seat.price]),
  ]);
  const [row] = await tx.query<{ created_at: Date }>('SELECT created_at FROM reservations WHERE id = ?', [id]);
  if (!row) throw new Error('the reservation that was just written is not there');
  return row.created_at;
}
