import type { MessageInitShape } from '@bufbuild/protobuf';
import { crashPoint } from '@ticketing/common/crash-point';
import { idFromBinary, idToBinary, newId, type Queryable, Rollback } from '@ticketing/common/database';
import { createGroupWork } from '@ticketing/common/group-work';
import { addEvents } from '@ticketing/common/outbox';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import { createCounter, traceHeaders } from '@ticketing/common/telemetry';
import type {
  ConfirmReservationRequest,
  ConfirmReservationResponseSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import { findIssuedTickets, type IssuedTicket } from '../tickets/issued-tickets.ts';
import { eventData } from './event-data.ts';
import { writeExpired } from './expire-holds.ts';
import { lockPeople } from './person-limit.ts';
import { findReservations, type Reservation, toTicketReference } from './reservation.ts';

const sold = createCounter('ticketing_seats_sold_total', 'Seats that were paid for');

interface Sold {
  tickets: IssuedTicket[];
  passId: string;
}

/**
 * Sells the held seats to a payment of their price and issues the tickets. The same payment again gets the same tickets.
 * Refuses with `reservation-not-found`, `already-paid` (by another payment), `amount-mismatch`, `hold-expired`, or `sale-over` when the
 * performance has begun or is cancelled.
 */
export async function confirmReservation(
  ctx: Pick<Context, 'db' | 'outbox'>,
  { reservationId, paymentId, userId, amount }: ConfirmReservationRequest,
): Promise<MessageInitShape<typeof ConfirmReservationResponseSchema>> {
  const { traceparent } = traceHeaders();
  const confirmed = await confirmTogether(ctx.db, { reservationId, paymentId, userId, amount, traceparent });
  if (!isRefusal(confirmed)) await crashPoint('confirm.after-commit');
  ctx.outbox.wake();
  if (isRefusal(confirmed)) return { result: refusalResult(confirmed) };
  const { tickets, passId } = confirmed;
  return { result: { case: 'confirmation', value: { tickets: tickets.map(toTicketReference), passId } } };
}

interface Purchase {
  reservationId: string;
  paymentId: string;
  userId: string;
  /** Absent from callers of a version that did not tell it. */
  amount: bigint | undefined;
  traceparent: string | undefined;
}

const purchasesPerTransaction = 64;

const confirmTogether = createGroupWork(purchasesPerTransaction, (db, purchases: Purchase[]) =>
  db.transaction((tx) => confirmAll(tx, purchases)),
);

/** A reservation whose seats may be sold to a payment. */
interface Sellable {
  purchase: Purchase;
  reservation: Reservation;
}

/** @throws Error when several are asked for and not all of their seats can be sold, which undoes the group */
async function confirmAll(tx: Queryable, purchases: Purchase[]): Promise<(Sold | Refusal)[] | Rollback<(Sold | Refusal)[]>> {
  const reservations = await lockReservations(tx, purchases);
  const answers = new Map<Purchase, Sold | Refusal>();
  const sellable: Sellable[] = [];
  for (const purchase of purchases) {
    const checked = await check(tx, purchase, reservations.get(purchase.reservationId));
    if ('reservation' in checked) sellable.push(checked);
    else answers.set(purchase, checked);
  }
  const wanted = sellable.reduce((sum, { reservation }) => sum + reservation.seats.length, 0);
  const seats = await sellSeats(tx, sellable);
  if (seats !== wanted) {
    const [only, ...others] = sellable;
    if (!only || others.length > 0) throw new Error(`${seats} of ${wanted} seats of a group can be sold`);
    const refusal = seats === 0 ? await endUnsold(tx, only.reservation) : new Rollback([refuse('hold-expired', 'The hold has ended.')]);
    if (refusal instanceof Rollback) return refusal;
    answers.set(only.purchase, refusal);
  } else {
    for (const [purchase, sold] of await writeSales(tx, sellable)) answers.set(purchase, sold);
  }
  return purchases.map((purchase) => answers.get(purchase) ?? refuse('reservation-not-found', 'You have no such reservation.'));
}

async function lockReservations(tx: Queryable, purchases: Purchase[]): Promise<Map<string, Locked>> {
  const ids = purchases.map(({ reservationId }) => idToBinary(reservationId));
  const rows = await tx.query<{ id: Buffer; status: string }>('SELECT id, status FROM reservations WHERE id IN (?) FOR UPDATE', [ids]);
  const statuses = new Map(rows.map((row) => [idFromBinary(row.id), row.status]));
  const reservations = await findReservations(tx, ids);
  return new Map(reservations.map((reservation) => [reservation.id, { reservation, status: statuses.get(reservation.id) ?? '' }]));
}

/** A reservation as it is now, and its status as it is stored. */
interface Locked {
  reservation: Reservation;
  status: string;
}

async function check(tx: Queryable, purchase: Purchase, locked: Locked | undefined): Promise<Sellable | Sold | Refusal> {
  const { paymentId, amount } = purchase;
  if (locked?.reservation.userId !== purchase.userId) return refuse('reservation-not-found', 'You have no such reservation.');
  const { reservation, status } = locked;
  const { passId } = reservation;
  if (reservation.paymentId === paymentId && reservation.status === 'CONFIRMED') {
    return { tickets: await findIssuedTickets(tx, reservation.id), passId };
  }
  if (reservation.status === 'CONFIRMED' || reservation.status === 'REFUNDED')
    return refuse('already-paid', 'Another payment has paid for it.');
  if (amount !== undefined && amount !== BigInt(reservation.amount)) {
    return refuse('amount-mismatch', `The seats cost ${reservation.amount} points.`);
  }
  return status === 'HELD' ? { purchase, reservation } : explain(tx, reservation);
}

/** The seats decide: a hold that ran out between the look and now may have lost them to somebody else. @returns how many are sold */
async function sellSeats(tx: Queryable, sellable: Sellable[]): Promise<number> {
  if (sellable.length === 0) return 0;
  const reservations = sellable.map(({ reservation }) => reservation);
  await lockPeople(tx, reservations);
  const held = reservations.flatMap(({ id, performanceId, seats }) =>
    seats.map((seat) => [idToBinary(performanceId), idToBinary(seat.id), idToBinary(id)]),
  );
  return tx.execute(
    `UPDATE seats SET status = 'SOLD', hold_expires_at = NULL
      WHERE (${held.map(() => '(performance_id = ? AND id = ? AND reservation_id = ?)').join(' OR ')})
        AND status = 'HELD' AND hold_expires_at > UTC_TIMESTAMP(3)
        AND EXISTS (SELECT 1 FROM performances p WHERE p.id = seats.performance_id AND p.starts_at > UTC_TIMESTAMP(3) AND p.status = 'SCHEDULED')`,
    held.flat(),
  );
}

/** Writes down who has bought what, and tells others. */
async function writeSales(tx: Queryable, sales: Sellable[]): Promise<Map<Purchase, Sold>> {
  if (sales.length === 0) return new Map();
  const ids = sales.map(({ reservation }) => idToBinary(reservation.id));
  await tx.execute(
    `UPDATE reservations SET status = 'CONFIRMED', payment_id = CASE id ${sales.map(() => 'WHEN ? THEN ?').join(' ')} END WHERE id IN (?)`,
    [...sales.flatMap(({ purchase, reservation }) => [idToBinary(reservation.id), idToBinary(purchase.paymentId)]), ids],
  );
  const tickets = await issueTickets(
    tx,
    sales.map(({ reservation }) => reservation),
  );
  await addEvents(
    tx,
    'reservation.confirmed',
    sales.map(({ purchase: { paymentId, traceparent }, reservation }) => ({
      aggregateId: reservation.id,
      data: { ...eventData(reservation), paymentId },
      traceparent,
    })),
  );
  await crashPoint('confirm.before-commit');
  sold.add(sales.reduce((sum, { reservation }) => sum + reservation.seats.length, 0));
  return new Map(
    sales.map(({ purchase, reservation }) => [purchase, { tickets: tickets.get(reservation.id) ?? [], passId: reservation.passId }]),
  );
}

/** Ends the hold in the transaction of the refusal: the same question, asked again late, is not answered otherwise, whatever the clock says. */
async function endUnsold(tx: Queryable, reservation: Reservation): Promise<Refusal> {
  await writeExpired(tx, [reservation]);
  return explain(tx, reservation);
}

/** Why a hold can't be paid for: its own end came first, or that of the sale. */
async function explain(tx: Queryable, { status, performanceId, expiresAt }: Reservation): Promise<Refusal> {
  const [performance] = await tx.query<{ starts_at: Date; status: string }>('SELECT starts_at, status FROM performances WHERE id = ?', [
    idToBinary(performanceId),
  ]);
  if (performance?.status === 'CANCELLED') return refuse('sale-over', 'The performance is cancelled.');
  const isSaleOver = status !== 'CANCELLED' && performance && performance.starts_at <= expiresAt;
  return isSaleOver ? refuse('sale-over', 'The performance has begun.') : refuse('hold-expired', 'The hold has ended.');
}

/** @returns the tickets by reservation id */
async function issueTickets(tx: Queryable, reservations: Reservation[]): Promise<Map<string, IssuedTicket[]>> {
  const tickets = new Map(
    reservations.map(({ id, seats }) => [id, seats.map((seat) => ({ id: newId(), seatId: seat.id, price: seat.price }))]),
  );
  await tx.execute('INSERT INTO tickets (id, reservation_id, user_id, seat_id, live_seat_id) VALUES ?', [
    reservations.flatMap((reservation) =>
      (tickets.get(reservation.id) ?? []).map(({ id, seatId }) => [
        ...[idToBinary(id), idToBinary(reservation.id), idToBinary(reservation.userId)],
        ...[idToBinary(seatId), idToBinary(seatId)],
      ]),
    ),
  ]);
  return tickets;
}
