import type { MessageInitShape } from '@bufbuild/protobuf';
import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import type { OrderSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/orders_pb';
import { TicketStatus } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { type Reservation, toReservation } from '../reservations/reservation.ts';

interface TicketRow {
  id: Buffer;
  reservation_id: Buffer;
  seat_id: Buffer;
  user_id: Buffer;
  is_good: number;
}

/** Reservations with all tickets that were ever issued for them, whosever they are. */
export async function toOrders(db: Queryable, reservations: Reservation[]): Promise<MessageInitShape<typeof OrderSchema>[]> {
  if (reservations.length === 0) return [];
  const rows = await db.query<TicketRow>(
    `SELECT id, reservation_id, seat_id, user_id, live_seat_id IS NOT NULL AS is_good FROM tickets
      WHERE reservation_id IN (?) ORDER BY reservation_id, id`,
    [reservations.map(({ id }) => idToBinary(id))],
  );
  const tickets = rows.map((row) => ({
    reservationId: idFromBinary(row.reservation_id),
    id: idFromBinary(row.id),
    seatId: idFromBinary(row.seat_id),
    userId: idFromBinary(row.user_id),
    status: row.is_good === 1 ? TicketStatus.VALID : TicketStatus.VOID,
  }));
  return reservations.map((reservation) => ({
    reservation: toReservation(reservation),
    tickets: tickets.filter(({ reservationId }) => reservationId === reservation.id),
  }));
}
