import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';

/** A ticket that a payment was given. */
export interface IssuedTicket {
  id: string;
  seatId: string;
  /** KRW. */
  price: number;
}

/** The tickets that a payment was given, whatever became of them: the same answer as often as it asks. */
export async function findIssuedTickets(db: Queryable, reservationId: string): Promise<IssuedTicket[]> {
  const rows = await db.query<{ id: Buffer; seat_id: Buffer; price: number }>(
    `SELECT t.id, t.seat_id, s.price FROM tickets t
       JOIN reservation_seats s ON s.reservation_id = t.reservation_id AND s.seat_id = t.seat_id
      WHERE t.reservation_id = ? AND t.transferred_from IS NULL ORDER BY t.seat_id`,
    [idToBinary(reservationId)],
  );
  return rows.map((row) => ({ id: idFromBinary(row.id), seatId: idFromBinary(row.seat_id), price: row.price }));
}
