import type { MessageInitShape } from '@bufbuild/protobuf';
import { crashPoint } from '@ticketing/common/crash-point';
import { idFromBinary, idToBinary, newId, type Queryable, Rollback } from '@ticketing/common/database';
import { addEvent } from '@ticketing/common/outbox';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import { createCounter } from '@ticketing/common/telemetry';
import type {
  ConfirmReservationRequest,
  ConfirmReservationResponseSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import { eventData } from './event-data.ts';
import { writeExpired } from './expire-holds.ts';
import { lockPerson } from './person-limit.ts';
import { findReservation, type Reservation } from './reservation.ts';

const sold = createCounter('ticketing_seats_sold_total', 'Seats that were paid for');

type Sold = Pick<Reservation, 'tickets' | 'passId'>;

/**
 * Sells the held seats to a payment of their price and issues the tickets. The same payment again gets the same tickets.
 * Refuses with `reservation-not-found`, `already-paid` (by another payment), `amount-mismatch`, `hold-expired`, or `sale-over` when the
 * performance has begun.
 */
export async function confirmReservation(
  ctx: Pick<Context, 'db' | 'outbox'>,
  request: ConfirmReservationRequest,
): Promise<MessageInitShape<typeof ConfirmReservationResponseSchema>> {
  const confirmed = await ctx.db.transaction((tx) => confirm(tx, request));
  if (!isRefusal(confirmed)) await crashPoint('confirm.after-commit');
  ctx.outbox.wake();
  return { result: isRefusal(confirmed) ? refusalResult(confirmed) : { case: 'confirmation', value: confirmed } };
}

async function confirm(
  tx: Queryable,
  { reservationId, paymentId, userId, amount }: ConfirmReservationRequest,
): Promise<Sold | Refusal | Rollback<Refusal>> {
  const id = idToBinary(reservationId);
  const [locked] = await tx.query<{ status: string }>('SELECT status FROM reservations WHERE id = ? AND user_id = ? FOR UPDATE', [
    id,
    idToBinary(userId),
  ]);
  const reservation = locked && (await findReservation(tx, reservationId, userId));
  if (!reservation) return refuse('reservation-not-found', 'You have no such reservation.');
  const { passId } = reservation;
  if (reservation.paymentId === paymentId && reservation.status === 'CONFIRMED') return { tickets: reservation.tickets, passId };
  if (reservation.status === 'CONFIRMED' || reservation.status === 'REFUNDED')
    return refuse('already-paid', 'Another payment has paid for it.');
  // Absent from callers of a version that did not tell it.
  if (amount !== undefined && amount !== BigInt(reservation.amount)) {
    return refuse('amount-mismatch', `The seats cost ${reservation.amount} points.`);
  }
  if (locked.status !== 'HELD') return explain(tx, reservation);
  await lockPerson(tx, reservation);
  const sellable = await sellSeats(tx, reservation);
  if (sellable === 0) return endUnsold(tx, reservation);
  if (sellable !== reservation.seats.length) return new Rollback(refuse('hold-expired', 'The hold has ended.'));
  await tx.execute("UPDATE reservations SET status = 'CONFIRMED', payment_id = ? WHERE id = ?", [idToBinary(paymentId), id]);
  const tickets = await issueTickets(tx, reservation);
  await addEvent(tx, 'reservation.confirmed', reservationId, { ...eventData(reservation), paymentId });
  await crashPoint('confirm.before-commit');
  sold.add(reservation.seats.length);
  return { tickets, passId };
}

/** The seats decide: a hold that ran out between the look and now may have lost them to somebody else. */
function sellSeats(tx: Queryable, { id, performanceId, seats }: Reservation): Promise<number> {
  const performance = idToBinary(performanceId);
  return tx.execute(
    `UPDATE seats SET status = 'SOLD', hold_expires_at = NULL
      WHERE performance_id = ? AND id IN (?) AND reservation_id = ? AND status = 'HELD' AND hold_expires_at > UTC_TIMESTAMP(3)
        AND EXISTS (SELECT 1 FROM performances p WHERE p.id = ? AND p.starts_at > UTC_TIMESTAMP(3))`,
    [performance, seats.map((seat) => idToBinary(seat.id)), idToBinary(id), performance],
  );
}

/** Ends the hold in the transaction of the refusal: the same question, asked again late, is not answered otherwise, whatever the clock says. */
async function endUnsold(tx: Queryable, reservation: Reservation): Promise<Refusal> {
  await writeExpired(tx, [reservation]);
  return explain(tx, reservation);
}

/** Why a hold can't be paid for: its own end came first, or that of the sale. */
async function explain(tx: Queryable, { status, performanceId, expiresAt }: Reservation): Promise<Refusal> {
  const [performance] = await tx.query<{ starts_at: Date }>('SELECT starts_at FROM performances WHERE id = ?', [idToBinary(performanceId)]);
  const isSaleOver = status !== 'CANCELLED' && performance && performance.starts_at <= expiresAt;
  return isSaleOver ? refuse('sale-over', 'The performance has begun.') : refuse('hold-expired', 'The hold has ended.');
}

async function issueTickets(tx: Queryable, reservation: Reservation): Promise<Reservation['tickets']> {
  const [reservationId, userId] = [idToBinary(reservation.id), idToBinary(reservation.userId)];
  const rows = reservation.seats.map((seat) => ({ id: idToBinary(newId()), seatId: idToBinary(seat.id) }));
  await tx.execute('INSERT INTO tickets (id, reservation_id, user_id, seat_id, live_seat_id) VALUES ?', [
    rows.map(({ id, seatId }) => [id, reservationId, userId, seatId, seatId]),
  ]);
  return rows.map(({ id, seatId }) => ({ id: idFromBinary(id), seatId: idFromBinary(seatId) }));
}
