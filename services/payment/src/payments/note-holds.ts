import { idToBinary, type Queryable } from '@ticketing/common/database';
import type { EventData } from '@ticketing/contracts/events';

/** Remembers what held reservations cost, for the payments that may follow. */
export async function noteHolds(tx: Queryable, holds: EventData<'reservation.held'>[]): Promise<void> {
  await tx.execute('INSERT INTO payable_reservations (reservation_id, user_id, performance_id, concert_id, amount) VALUES ?', [
    holds.map((hold) => [
      ...[idToBinary(hold.reservationId), idToBinary(hold.userId), idToBinary(hold.performanceId), idToBinary(hold.concertId)],
      hold.amount,
    ]),
  ]);
}
