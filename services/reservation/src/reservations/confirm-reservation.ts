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
import { findReservation, type Reservation } from './reservation.ts';

const sold = createCounter('ticketing_seats_sold_total', 'Seats that were paid for');

type Tickets = Reservation['tickets'];

/**
 * Sells the held seats to a payment and issues the tickets. The same payment again gets the same tickets.
 * Refuses with `reservation-not-found`, `hold-expired` or `already-paid` (by another payment).
 */
export async function confirmReservation(
  ctx: Pick<Context, 'db' | 'outbox'>,
  request: ConfirmReservationRequest,
): Promise<MessageInitShape<typeof ConfirmReservationResponseSchema>> {
  const tickets = await ctx.db.transaction((tx) => confirm(tx, request));
  if (isRefusal(tickets)) return { result: refusalResult(tickets) };
  await crashPoint('confirm.after-commit');
  ctx.outbox.wake();
  return { result: { case: 'confirmation', value: { tickets } } };
}

async function confirm(
  tx: Queryable,
  { reservationId, paymentId, userId }: ConfirmReservationRequest,
): Promise<Tickets | Refusal | Rollback<Refusal>> {
  const [id, payment] = [idToBinary(reservationId), idToBinary(paymentId)];
  const [locked] = await tx.query<{ payment_id: Buffer | null }>(
    'SELECT payment_id FROM reservations WHERE id = ? AND user_id = ? FOR UPDATE',
    [id, idToBinary(userId)],
  );
  const reservation = locked && (await findReservation(tx, reservationId, userId));
  if (!reservation) return refuse('reservation-not-found', 'You have no such reservation.');
  if (locked.payment_id?.equals(payment) && reservation.status === 'CONFIRMED') return reservation.tickets;
  if (reservation.status === 'CONFIRMED' || reservation.status === 'REFUNDED') return refuse('already-paid', 'Another payment was first.');
  if (reservation.status !== 'HELD') return refuse('hold-expired', 'The hold has ended.');
  await lockPersonLimit(tx, reservation);

  // The seats decide: a hold that ran out between the look and now may have lost them to somebody else.
  const sellable = await tx.execute(
    `UPDATE seats SET status = 'SOLD', hold_expires_at = NULL
      WHERE performance_id = ? AND id IN (?) AND reservation_id = ? AND status = 'HELD' AND hold_expires_at > UTC_TIMESTAMP(3)`,
    [idToBinary(reservation.performanceId), reservation.seats.map((seat) => idToBinary(seat.id)), id],
  );
  if (sellable !== reservation.seats.length) return new Rollback(refuse('hold-expired', 'The hold has ended.'));
  await tx.execute("UPDATE reservations SET status = 'CONFIRMED', payment_id = ? WHERE id = ?", [payment, id]);
  const tickets = await issueTickets(tx, reservation);
  await addEvent(tx, 'reservation.confirmed', reservationId, { ...eventData(reservation), paymentId });
  await crashPoint('confirm.before-commit');
  sold.add(reservation.seats.length);
  return tickets;
}

/** Without it, an order of the same person could count while this hold is over its time but not yet sold. */
async function lockPersonLimit(tx: Queryable, { performanceId, userId }: Reservation): Promise<void> {
  await tx.query('SELECT 1 FROM person_limits WHERE performance_id = ? AND user_id = ? FOR UPDATE', [
    idToBinary(performanceId),
    idToBinary(userId),
  ]);
}

async function issueTickets(tx: Queryable, reservation: Reservation): Promise<Tickets> {
  const [reservationId, userId] = [idToBinary(reservation.id), idToBinary(reservation.userId)];
  const rows = reservation.seats.map((seat) => ({ id: idToBinary(newId()), seatId: idToBinary(seat.id) }));
  await tx.execute('INSERT INTO tickets (id, reservation_id, user_id, seat_id, live_seat_id) VALUES ?', [
    rows.map(({ id, seatId }) => [id, reservationId, userId, seatId, seatId]),
  ]);
  return rows.map(({ id, seatId }) => ({ id: idFromBinary(id), seatId: idFromBinary(seatId) }));
}
