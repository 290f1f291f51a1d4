import type { Reservation } from './reservation.ts';

/** The part that all events of a reservation have. */
export function eventData({ id, performanceId, concertId, userId, seats, amount }: Reservation) {
  return { reservationId: id, performanceId, concertId, userId, seatIds: seats.map((seat) => seat.id), amount };
}
