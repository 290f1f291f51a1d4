import type { MessageInitShape } from '@bufbuild/protobuf';
import { idFromBinary, idToBinary } from '@ticketing/common/database';
import type {
  AbandonReservationRequest,
  AbandonReservationResponseSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import { findIssuedTickets } from '../tickets/issued-tickets.ts';
import { letGo } from './cancel-reservation.ts';
import { findReservation, type Reservation, toTicketReference } from './reservation.ts';

interface Abandoned {
  reservation: Reservation;
  /** The payment has the seats: it was confirmed before. */
  isSold: boolean;
}

/**
 * Makes sure that a payment never gets the seats it was for: a hold ends, so that a confirmation that is still under way is refused.
 * When the payment has them already, that is the answer, and they stay sold.
 */
export async function abandonReservation(
  ctx: Pick<Context, 'db' | 'outbox'>,
  { reservationId, paymentId }: AbandonReservationRequest,
): Promise<MessageInitShape<typeof AbandonReservationResponseSchema>> {
  const abandoned = await ctx.db.transaction<Abandoned | undefined>(async (tx) => {
    const [row] = await tx.query<{ user_id: Buffer; payment_id: Buffer | null; status: string }>(
      'SELECT user_id, payment_id, status FROM reservations WHERE id = ? FOR UPDATE',
      [idToBinary(reservationId)],
    );
    const reservation = row && (await findReservation(tx, reservationId, idFromBinary(row.user_id)));
    if (!reservation) return undefined;
    if (row.status === 'HELD') await letGo(tx, reservation);
    return { reservation, isSold: row.status === 'CONFIRMED' && row.payment_id?.equals(idToBinary(paymentId)) === true };
  });
  if (abandoned?.isSold) {
    const tickets = (await findIssuedTickets(ctx.db, reservationId)).map(toTicketReference);
    return { result: { case: 'confirmation', value: { tickets, passId: abandoned.reservation.passId } } };
  }
  ctx.outbox.wake();
  return { result: { case: 'release', value: {} } };
}
