import { idFromBinary, idToBinary } from '@ticketing/common/database';
import { type Refusal, refuse } from '@ticketing/common/refusal';
import type { Context } from '../context.ts';

/** What a payment needs to know of a reservation. */
export interface Payable {
  reservationId: string;
  performanceId: string;
  concertId: string;
  /** KRW. */
  amount: number;
}

/**
 * What a person's reservation costs: as its event told, or asked from the reservation service when the event is not here yet.
 * Refuses with `reservation-not-found`, also for somebody else's.
 * @throws InvocationFailed when it has to ask and gets no answer
 */
export async function findPayable(
  ctx: Pick<Context, 'db' | 'reservations'>,
  reservationId: string,
  userId: string,
): Promise<Payable | Refusal> {
  const [row] = await ctx.db.query<{ user_id: Buffer; performance_id: Buffer; concert_id: Buffer; amount: number }>(
    'SELECT user_id, performance_id, concert_id, amount FROM payable_reservations WHERE reservation_id = ?',
    [idToBinary(reservationId)],
  );
  if (row) {
    if (idFromBinary(row.user_id) !== userId) return refuse('reservation-not-found', 'You have no such reservation.');
    const { performance_id: performanceId, concert_id: concertId, amount } = row;
    return { reservationId, performanceId: idFromBinary(performanceId), concertId: idFromBinary(concertId), amount };
  }
  const { result } = await ctx.reservations.getReservation({ reservationId, userId });
  if (result.case !== 'reservation') return refuse('reservation-not-found', 'You have no such reservation.');
  const { performanceId, concertId, amount } = result.value;
  return { reservationId, performanceId, concertId, amount: Number(amount) };
}
