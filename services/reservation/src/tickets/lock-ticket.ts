import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import type { Reservation, SeatTicket } from '../reservations/reservation.ts';

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

/** All tickets that there ever were of a reservation whose row the caller has locked. @throws Error when one is for a seat that is not of it */
export async function lockTicketsOf(tx: Queryable, { id, seats }: Reservation): Promise<(SeatTicket & { isGood: boolean })[]> {
  const rows = await tx.query<TicketRow & { id: Buffer }>(
    'SELECT id, seat_id, user_id, live_seat_id IS NOT NULL AS is_good FROM tickets WHERE reservation_id = ? ORDER BY id FOR UPDATE',
    [idToBinary(id)],
  );
  return rows.map((row) => {
    const seatId = idFromBinary(row.seat_id);
    const seat = seats.find((place) => place.id === seatId);
    if (!seat) throw new Error(`reservation ${id} has a ticket for seat ${seatId}, which is not its own`);
    return { id: idFromBinary(row.id), seatId, userId: idFromBinary(row.user_id), price: seat.price, isGood: row.is_good === 1 };
  });
}
