import { idToBinary, type Queryable } from '@ticketing/common/database';

/** The queue forgets a waiting room a week after its sale has ended. Where the sale goes on after that, it makes another one. */
export async function forgetEndedRoom(tx: Queryable, concertId: string): Promise<void> {
  await tx.execute(
    `DELETE w FROM waiting_rooms w JOIN concerts c ON c.id = w.concert_id
      WHERE c.id = ? AND c.last_starts_at < UTC_TIMESTAMP(3) - INTERVAL 8 DAY`,
    [idToBinary(concertId)],
  );
}
