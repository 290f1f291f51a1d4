import { idToBinary, type Queryable } from '@ticketing/common/database';
import type { EventData } from '@ticketing/contracts/events';

/** Remembers what a held reservation costs, for the payment that may follow. */
export async function noteHold(tx: Queryable, hold: EventData<'reservation.held'>): Promise<void> {
  await tx.execute(
    'INSERT INTO payable_reservations (reservation_id, user_id, performance_id, concert_id, amount) VALUES (?, ?, ?, ?, ?)',
    [idToBinary(hold.reservationId), idToBinary(hold.userId), idToBinary(hold.performanceId), idToBinary(hold.concertId), hold.amount],
  );
}
