import type { MessageInitShape } from '@bufbuild/protobuf';
import { crashPoint } from '@ticketing/common/crash-point';
import { idToBinary, type Queryable } from '@ticketing/common/database';
import { addEvent } from '@ticketing/common/outbox';
import { isRefusal, type Refusal, refuse } from '@ticketing/common/refusal';
import type {
  CancelReservationRequest,
  CancelReservationResponseSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import { eventData } from './event-data.ts';
import { findReservation, type Reservation } from './reservation.ts';

/**
 * Lets go of a hold; its seats are free at once. A hold that is already let go or has run out stays as it is and is no error.
 * Refuses with `reservation-not-found`, or `reservation-not-cancellable` once it is paid for.
 */
export async function cancelReservation(
  ctx: Pick<Context, 'db' | 'outbox'>,
  { reservationId, userId }: CancelReservationRequest,
): Promise<MessageInitShape<typeof CancelReservationResponseSchema>> {
  const id = idToBinary(reservationId);
  const result = await ctx.db.transaction<Reservation | Refusal>(async (tx) => {
    await tx.query('SELECT 1 FROM reservations WHERE id = ? AND user_id = ? FOR UPDATE', [id, idToBinary(userId)]);
    const reservation = await findReservation(tx, reservationId, userId);
    if (!reservation) return refuse('reservation-not-found', 'You have no such reservation.');
    if (reservation.status === 'CONFIRMED' || reservation.status === 'REFUNDED') {
      return refuse('reservation-not-cancellable', 'It is paid for; ask for a refund instead.');
    }
    if (reservation.status !== 'HELD') return reservation;
    await letGo(tx, reservation);
    await crashPoint('cancel.before-commit');
    return reservation;
  });
  if (isRefusal(result)) return { refusal: result };
  await crashPoint('cancel.after-commit');
  ctx.outbox.wake();
  return {};
}

/** Ends a hold, whose row the caller has locked, and tells others. @throws Error when a live hold has not all of its seats */
export async function letGo(tx: Queryable, reservation: Reservation): Promise<void> {
  const id = idToBinary(reservation.id);
  await tx.execute("UPDATE reservations SET status = 'CANCELLED' WHERE id = ?", [id]);
  const freed = await tx.execute(
    `UPDATE seats SET status = 'AVAILABLE', reservation_id = NULL, hold_expires_at = NULL
      WHERE performance_id = ? AND id IN (?) AND reservation_id = ? AND status = 'HELD'`,
    [idToBinary(reservation.performanceId), reservation.seats.map((seat) => idToBinary(seat.id)), id],
  );
  if (freed !== reservation.seats.length) {
    // One that has run out may have lost seats to others.
    const alive = await tx.query('SELECT 1 FROM reservations WHERE id = ? AND expires_at > UTC_TIMESTAMP(3)', [id]);
    if (alive.length > 0) throw new Error(`reservation ${reservation.id} holds ${freed} of its ${reservation.seats.length} seats`);
  }
  await addEvent(tx, 'reservation.cancelled', reservation.id, eventData(reservation));
}
