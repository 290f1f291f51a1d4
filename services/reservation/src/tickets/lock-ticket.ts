import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';

/** A ticket whose row and whose reservation's row are locked: nothing changes what it is worth until the transaction ends. */
export interface LockedTicket {
  id: string;
  reservationId: string;
  performanceId: string;
  concertId: string;
  seatId: string;
  userId: string;
  isGood: boolean;
}

interface ReservationRow {
  performance_id: Buffer;
  concert_id: Buffer;
}

interface TicketRow {
  seat_id: Buffer;
  user_id: Buffer;
  is_good: number;
}

/** Locks the reservation and then the ticket, in the order in which every change of a ticket does it. Undefined when there is no such ticket. */
export async function lockTicket(tx: Queryable, ticketId: string): Promise<LockedTicket | undefined> {
  const id = idToBinary(ticketId);
  // Which reservation a ticket is of never changes.
  const [known] = await tx.query<{ reservation_id: Buffer }>('SELECT reservation_id FROM tickets WHERE id = ?', [id]);
  if (!known) return undefined;
  const [reservation] = await tx.query<ReservationRow>('SELECT performance_id, concert_id FROM reservations WHERE id = ? FOR UPDATE', [
    known.reservation_id,
  ]);
  const [row] = await tx.query<TicketRow>(
    'SELECT seat_id, user_id, live_seat_id IS NOT NULL AS is_good FROM tickets WHERE id = ? FOR UPDATE',
    [id],
  );
  if (!reservation || !row) throw new Error(`ticket ${ticketId} has no reservation`);
  return {
    id: ticketId,
    reservationId: idFromBinary(known.reservation_id),
    performanceId: idFromBinary(reservation.performance_id),
    concertId: idFromBinary(reservation.concert_id),
    seatId: idFromBinary(row.seat_id),
    userId: idFromBinary(row.user_id),
    isGood: row.is_good === 1,
  };
}
