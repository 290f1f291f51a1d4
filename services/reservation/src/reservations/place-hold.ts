import { setTimeout as delay } from 'node:timers/promises';
import { createBulkhead } from '@ticketing/common/bulkhead';
import { crashPoint } from '@ticketing/common/crash-point';
import { type Database, idFromBinary, idToBinary, type Queryable, Rollback } from '@ticketing/common/database';
import { createGroupWork } from '@ticketing/common/group-work';
import { type KeptAnswer, recordAnswers } from '@ticketing/common/idempotency';
import { addEvents } from '@ticketing/common/outbox';
import { type Refusal, refuse } from '@ticketing/common/refusal';
import { traceHeaders } from '@ticketing/common/telemetry';
import { type Performance, placeOf, positionsOf, type SeatPlace } from '../performances/performances.ts';
import { canBeHad, chooseBestSeats } from './choose-best-seats.ts';
import { eventData } from './event-data.ts';
import { anyOf, type Person, personKey, tryToLockPeople } from './person-limit.ts';
import type { Reservation } from './reservation.ts';

/** What a person wants to hold: these seats, or the best `quantity` seats where `seatIds` is empty. */
export interface HoldOrder {
  reservationId: string;
  userId: string;
  /** The queue pass that it is placed with. */
  passId: string;
  performance: Performance;
  seatIds: string[];
  quantity: number;
  /** Only for the best seats; empty for any. */
  section: string;
  holdSeconds: number;
  /** Makes the answer that is kept with the hold. */
  keep: (reservation: Reservation) => KeptAnswer;
}

/** One try of an order. */
interface Attempt {
  order: HoldOrder;
  traceparent: string | undefined;
  /** It waits for the best seats where others are taking them. */
  linesUp: boolean;
}

/** Another order of the person, or orders for the same seats, are just being written. */
type Outcome = Reservation | Refusal | 'person-busy' | 'seats-busy';

const ordersPerTransaction = 64;
const longestPauseMs = 30;
// Then an order stands in line for seats; with the wait for a lock that is no longer than its client waits.
const lineUpAfterMs = 1_000;
const giveUpAfterMs = 3_000;

/**
 * Writes a hold: person's limit, seats, reservation, event and answer. All or nothing; MySQL is the arbiter and its clock decides.
 * Orders for named seats share a transaction with those that arrive meanwhile. An order that meets another one tries again for a while, each
 * time in a new transaction, so that nobody who waits keeps a connection.
 */
export async function placeHold(db: Database, order: HoldOrder): Promise<Reservation | Refusal> {
  const { traceparent } = traceHeaders();
  let busySince: number | undefined;
  for (;;) {
    const busyMs = busySince === undefined ? 0 : performance.now() - busySince;
    const attempt = { order, traceparent, linesUp: busyMs > lineUpAfterMs };
    const placed = await (order.seatIds.length > 0 ? placeNamed(db, attempt) : placeBest(db, attempt));
    if (typeof placed === 'object') return placed;
    if (busyMs > giveUpAfterMs) return refuse('order-in-progress', 'Another of your orders is still being processed.');
    busySince ??= performance.now();
    await delay(Math.random() * longestPauseMs);
  }
}

const place = (db: Database, attempts: Attempt[]): Promise<Outcome[]> => db.transaction((tx) => placeAll(tx, attempts));
const placeNamed = createGroupWork(ordersPerTransaction, place);

// The best seats are chosen by looking around locks, of which a transaction for many would hold more, and for longer. Many transactions at
// a time would be in each other's way, so the others wait without a connection.
const choosers = createBulkhead({ mostAtWork: 8, mostWaiting: 2_000, longestWaitMs: 8_000 });

async function placeBest(db: Database, attempt: Attempt): Promise<Outcome | undefined> {
  const [placed] = await choosers.run(Infinity, () => place(db, [attempt]));
  return placed;
}

/** Decides the orders one after another, in their order, and writes what is held in one go. */
async function placeAll(tx: Queryable, attempts: Attempt[]): Promise<Outcome[] | Rollback<Outcome[]>> {
  const people = [...new Map(attempts.map(({ order }) => [personKey(personOf(order)), personOf(order)])).values()];
  const locked = await tryToLockPeople(tx, people);
  const sale = await lookAtSale(tx, people);
  const free = await lockFreeSeats(tx, attempts);
  const outcomes: (Outcome | NewHold)[] = [];
  const holds: NewHold[] = [];
  for (const attempt of attempts) {
    const outcome = locked.has(personKey(personOf(attempt.order))) ? await decide(tx, attempt, sale, free) : 'person-busy';
    outcomes.push(outcome);
    if (isHold(outcome)) holds.push(outcome);
  }
  const placed = await writeHolds(tx, holds);
  const decided = outcomes.map((outcome) => (isHold(outcome) ? (placed.get(outcome.reservation.id) ?? 'seats-busy') : outcome));
  return holds.length > 0 ? decided : new Rollback(decided);
}

function personOf({ performance, userId }: HoldOrder): Person {
  return { performanceId: performance.id, userId };
}

/** Seats that are locked and can be had, until an order before takes them. */
type FreeSeats = Set<string>;

async function lockFreeSeats(tx: Queryable, attempts: Attempt[]): Promise<FreeSeats> {
  const named = attempts.filter(({ order }) => order.seatIds.length > 0);
  if (named.length === 0) return new Set();
  const wanted = new Map<string, Set<string>>();
  for (const { order } of named) {
    const seatIds = wanted.get(order.performance.id) ?? new Set();
    wanted.set(order.performance.id, seatIds);
    for (const id of order.seatIds) seatIds.add(id);
  }
  const rows = await tx.query<{ id: Buffer }>(
    `SELECT id FROM seats FORCE INDEX (PRIMARY)
      WHERE (${[...wanted].map(() => '(performance_id = ? AND id IN (?))').join(' OR ')}) AND ${canBeHad} FOR UPDATE`,
    [...wanted].flatMap(([performanceId, seatIds]) => [idToBinary(performanceId), [...seatIds].map(idToBinary)]),
  );
  return new Set(rows.map(({ id }) => idFromBinary(id)));
}

/** A hold that is decided on and not yet written. */
interface NewHold {
  attempt: Attempt;
  reservation: Omit<Reservation, 'createdAt'>;
}

function isHold(outcome: Outcome | NewHold): outcome is NewHold {
  return typeof outcome === 'object' && 'attempt' in outcome;
}

async function decide(tx: Queryable, attempt: Attempt, sale: Sale, free: FreeSeats): Promise<NewHold | Exclude<Outcome, Reservation>> {
  const { order } = attempt;
  const quantity = order.seatIds.length > 0 ? order.seatIds.length : order.quantity;
  const against = checkSale(sale, order, quantity);
  if (against) return against;
  const chosen = order.seatIds.length > 0 ? takeNamed(order, free) : await chooseBestSeats(tx, order, attempt.linesUp);
  if (!chosen) return refuse('not-enough-seats', 'Fewer seats are free than were asked for.');
  if (chosen === 'busy') return 'seats-busy';
  if (!Array.isArray(chosen)) return chosen;
  countSeats(sale, order, quantity);
  return { attempt, reservation: describe(order, chosen, sale) };
}

function takeNamed({ performance, seatIds }: HoldOrder, free: FreeSeats): SeatPlace[] | Refusal {
  const lost = seatIds.filter((id) => !free.has(id));
  if (lost.length > 0) return refuse('seat-taken', 'The seats are taken.', lost, positionsOf(performance, lost));
  for (const id of seatIds) free.delete(id);
  return seatIds.map((id) => placeOf(performance, id));
}

interface Sale {
  now: Date;
  performances: Map<string, { open: boolean; cancelled: boolean; startsAt: Date; limit: number }>;
  /** Live seats by person. */
  seats: Map<string, number>;
}

interface SaleRow {
  id: Buffer;
  starts_at: Date;
  open: number;
  status: string;
  seats_per_person: number;
  now: Date;
}

async function lookAtSale(tx: Queryable, people: Person[]): Promise<Sale> {
  const { condition, values } = anyOf(people);
  const counts = await tx.query<{ performance_id: Buffer; user_id: Buffer; seats: string | number }>(
    `SELECT performance_id, user_id, SUM(seat_count - returned_seats) AS seats FROM reservations
      WHERE ${condition} AND (status = 'CONFIRMED' OR (status = 'HELD' AND expires_at > UTC_TIMESTAMP(3)))
      GROUP BY performance_id, user_id`,
    values,
  );
  const ids = [...new Set(people.map(({ performanceId }) => performanceId))];
  const rows = await tx.query<SaleRow>(
    `SELECT id, starts_at, sale_opens_at <= UTC_TIMESTAMP(3) AS open, status, max_seats_per_person AS seats_per_person, UTC_TIMESTAMP(3) AS now
       FROM performances WHERE id IN (?)`,
    [ids.map(idToBinary)],
  );
  const [first] = rows;
  if (!first || rows.length < ids.length) throw new Error(`a performance of ${ids.join(', ')} is gone`);
  return {
    now: first.now,
    performances: new Map(
      rows.map((row) => [
        idFromBinary(row.id),
        { open: row.open === 1, cancelled: row.status === 'CANCELLED', startsAt: row.starts_at, limit: row.seats_per_person },
      ]),
    ),
    seats: new Map(
      counts.map((row) => [
        personKey({ performanceId: idFromBinary(row.performance_id), userId: idFromBinary(row.user_id) }),
        Number(row.seats),
      ]),
    ),
  };
}

function performanceOf({ performances }: Sale, { performance }: HoldOrder) {
  const found = performances.get(performance.id);
  if (!found) throw new Error(`performance ${performance.id} is gone`);
  return found;
}

function seatsOf({ seats }: Sale, order: HoldOrder): number {
  return seats.get(personKey(personOf(order))) ?? 0;
}

function countSeats(sale: Sale, order: HoldOrder, quantity: number): void {
  sale.seats.set(personKey(personOf(order)), seatsOf(sale, order) + quantity);
}

function checkSale(sale: Sale, order: HoldOrder, quantity: number): Refusal | undefined {
  const { startsAt, open, cancelled, limit } = performanceOf(sale, order);
  if (cancelled) return refuse('sale-over', 'The performance is cancelled.');
  if (startsAt <= sale.now) return refuse('sale-over', 'The performance has begun.');
  if (!open) return refuse('sale-not-open', 'The sale has not begun.');
  if (seatsOf(sale, order) + quantity > limit) {
    return refuse('person-limit-reached', `One person can have ${limit} seats of this performance.`);
  }
  return undefined;
}

function describe(order: HoldOrder, seats: SeatPlace[], sale: Sale): NewHold['reservation'] {
  const { startsAt } = performanceOf(sale, order);
  return {
    id: order.reservationId,
    userId: order.userId,
    concertId: order.performance.concertId,
    performanceId: order.performance.id,
    status: 'HELD',
    seats: seats.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    amount: seats.reduce((sum, seat) => sum + seat.price, 0),
    // Nothing is sold once the performance has begun.
    expiresAt: new Date(Math.min(sale.now.getTime() + order.holdSeconds * 1_000, startsAt.getTime())),
    passId: order.passId,
    paymentId: undefined,
    tickets: [],
  };
}

/** @returns the reservations by id */
async function writeHolds(tx: Queryable, holds: NewHold[]): Promise<Map<string, Reservation>> {
  if (holds.length === 0) return new Map();
  await takeSeats(tx, holds);
  const made = await insertReservations(tx, holds);
  const placed = holds.map(({ attempt, reservation }) => ({
    attempt,
    reservation: { ...reservation, createdAt: made.get(reservation.id) ?? new Date(0) },
  }));
  await addEvents(
    tx,
    'reservation.held',
    placed.map(({ attempt: { traceparent }, reservation }) => ({
      aggregateId: reservation.id,
      data: { ...eventData(reservation), expiresAt: reservation.expiresAt.toISOString() },
      traceparent,
    })),
  );
  await recordAnswers(
    tx,
    placed.map(({ attempt, reservation }) => attempt.order.keep(reservation)),
  );
  await crashPoint('hold.before-commit');
  return new Map(placed.map(({ reservation }) => [reservation.id, reservation]));
}

/** @throws Error when a seat can't be had that was locked as one that can, which undoes the group */
async function takeSeats(tx: Queryable, holds: NewHold[]): Promise<void> {
  const seats = holds.flatMap(({ reservation: { id, performanceId, expiresAt, seats: places } }) =>
    places.map((place) => ({
      id: idToBinary(place.id),
      performanceId: idToBinary(performanceId),
      reservationId: idToBinary(id),
      expiresAt,
    })),
  );
  const each = seats.map(() => 'WHEN ? THEN ?').join(' ');
  const taken = await tx.execute(
    `UPDATE seats SET status = 'HELD', reservation_id = CASE id ${each} END, hold_expires_at = CASE id ${each} END
      WHERE (${seats.map(() => '(performance_id = ? AND id = ?)').join(' OR ')}) AND ${canBeHad}`,
    [
      ...seats.flatMap(({ id, reservationId }) => [id, reservationId]),
      ...seats.flatMap(({ id, expiresAt }) => [id, expiresAt]),
      ...seats.flatMap(({ id, performanceId }) => [performanceId, id]),
    ],
  );
  if (taken !== seats.length) throw new Error(`${taken} of ${seats.length} locked seats were taken`);
}

/** @returns when each was made, which is not before its seats were taken */
async function insertReservations(tx: Queryable, holds: NewHold[]): Promise<Map<string, Date>> {
  const reservations = holds.map(({ reservation }) => reservation);
  await tx.execute(
    `INSERT INTO reservations (id, user_id, concert_id, performance_id, status, seat_count, amount, expires_at, pass_id) VALUES ?`,
    [
      reservations.map(({ id, userId, concertId, performanceId, seats, amount, expiresAt, passId }) => [
        ...[idToBinary(id), idToBinary(userId), idToBinary(concertId), idToBinary(performanceId)],
        ...['HELD', seats.length, amount, expiresAt, passId],
      ]),
    ],
  );
  await tx.execute('INSERT INTO reservation_seats (reservation_id, seat_id, section, row_label, number, price) VALUES ?', [
    reservations.flatMap(({ id, seats }) =>
      seats.map((seat) => [idToBinary(id), idToBinary(seat.id), seat.section, seat.row, seat.number, seat.price]),
    ),
  ]);
  const rows = await tx.query<{ id: Buffer; created_at: Date }>('SELECT id, created_at FROM reservations WHERE id IN (?)', [
    reservations.map(({ id }) => idToBinary(id)),
  ]);
  return new Map(rows.map((row) => [idFromBinary(row.id), row.created_at]));
}
