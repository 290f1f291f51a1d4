import type { MessageInitShape } from '@bufbuild/protobuf';
import { crashPoint } from '@ticketing/common/crash-point';
import { idFromBinary, idToBinary } from '@ticketing/common/database';
import { addEvent } from '@ticketing/common/outbox';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import type {
  ReleaseReservationRequest,
  ReleaseReservationResponseSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import { lockTicketsOf } from '../tickets/lock-ticket.ts';
import { refuseUsed } from '../tickets/refuse-used.ts';
import { eventData } from './event-data.ts';
import { findReservation, type Reservation } from './reservation.ts';

/**
 * Puts the seats of a refunded payment back on sale and voids their tickets. The same payment again is no error.
 * Refuses with `reservation-not-found` (none was confirmed by this payment) or, unless an operator wants it, with `refund-not-allowed`
 * once the performance has begun, somebody was let in with one of the tickets, or one was passed on.
 * @throws Error when not all of the seats are sold to this reservation
 */
export async function releaseReservation(
  ctx: Pick<Context, 'db' | 'outbox'>,
  request: ReleaseReservationRequest,
): Promise<MessageInitShape<typeof ReleaseReservationResponseSchema>> {
  const id = idToBinary(request.reservationId);
  const result = await ctx.db.transaction<Reservation | Refusal>(async (tx) => {
    const [row] = await tx.query<{ user_id: Buffer }>('SELECT user_id FROM reservations WHERE id = ? AND payment_id = ? FOR UPDATE', [
      id,
      idToBinary(request.paymentId),
    ]);
    const reservation = row && (await findReservation(tx, request.reservationId, idFromBinary(row.user_id)));
    if (!reservation) return refuse('reservation-not-found', 'No reservation was confirmed by this payment.');
    if (reservation.status === 'REFUNDED') return reservation;
    const performanceId = idToBinary(reservation.performanceId);
    const upcoming = await tx.query('SELECT 1 FROM performances WHERE id = ? AND starts_at > UTC_TIMESTAMP(3)', [performanceId]);
    if (upcoming.length === 0 && !request.byOperator) return refuse('refund-not-allowed', 'The performance has begun.');
    const tickets = await lockTicketsOf(tx, reservation);
    const good = tickets.filter(({ isGood }) => isGood);
    const used = request.byOperator ? undefined : await refuseUsed(tx, reservation.userId, good);
    if (used) return used;

    await tx.execute("UPDATE reservations SET status = 'REFUNDED', returned_seats = seat_count WHERE id = ?", [id]);
    await tx.execute('UPDATE tickets SET live_seat_id = NULL WHERE reservation_id = ?', [id]);
    const freed = await tx.execute(
      `UPDATE seats SET status = 'AVAILABLE', reservation_id = NULL
        WHERE performance_id = ? AND id IN (?) AND reservation_id = ? AND status = 'SOLD'`,
      [performanceId, reservation.seats.map((seat) => idToBinary(seat.id)), id],
    );
    if (freed !== reservation.seats.length) {
      throw new Error(`reservation ${reservation.id} has bought ${freed} of its ${reservation.seats.length} seats`);
    }
    await addEvent(tx, 'reservation.refunded', reservation.id, { ...eventData(reservation), paymentId: request.paymentId });
    await crashPoint('release.before-commit');
    return reservation;
  });
  if (isRefusal(result)) return { result: refusalResult(result) };
  await crashPoint('release.after-commit');
  ctx.outbox.wake();
  return { result: { case: 'release', value: {} } };
}
