import {
  type Reservation,
  ReservationStatus,
  type ReservedSeat,
  type TicketReference,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { z } from 'zod';
import { isoTime, oneOf } from '../http/answers.ts';
import { krw, shownId, shownInstant } from '../http/fields.ts';

export const reservationStatuses = ['HELD', 'CONFIRMED', 'EXPIRED', 'CANCELLED', 'REFUNDED'] as const;

export const reservedSeatSchema = z
  .object({
    ...{ id: shownId, section: z.string(), row: z.string(), number: z.int(), price: krw },
    returned: z.literal(true).optional().meta({ description: 'Paid for and given back: somebody else may have it now.' }),
    position: z.int().optional().meta({ description: 'In the layout of the performance; in the answer to holding.' }),
  })
  .meta({ id: 'ReservedSeat' });

export const ticketReferenceSchema = z.object({ id: shownId, seatId: shownId }).meta({ id: 'TicketReference' });

export const reservationSchema = z
  .object({
    id: shownId,
    performanceId: shownId,
    status: z.enum(reservationStatuses),
    seats: z.array(reservedSeatSchema),
    amount: krw,
    currency: z.literal('KRW'),
    expiresAt: shownInstant.meta({ description: 'When a hold ends that is not paid for; at the latest when the performance begins.' }),
    createdAt: shownInstant,
    paymentId: shownId.optional().meta({
      description:
        'The payment that has bought it, also after a refund. One whose outcome is not known yet is not here; the answer to paying names it.',
    }),
    tickets: z.array(ticketReferenceSchema).optional().meta({ description: 'Those that are good, once paid for.' }),
  })
  .meta({ id: 'Reservation', description: 'Seats that one person holds or has bought.' });

export function toReservation(reservation: Reservation): z.output<typeof reservationSchema> {
  const { id, performanceId, seats, paymentId, tickets } = reservation;
  return {
    id,
    performanceId,
    status: oneOf(reservationStatuses, ReservationStatus[reservation.status]),
    seats: seats.map(toReservedSeat),
    amount: Number(reservation.amount),
    currency: 'KRW',
    expiresAt: isoTime(reservation.expiresAt),
    createdAt: isoTime(reservation.createdAt),
    ...(paymentId !== '' && { paymentId }),
    ...(tickets.length > 0 && { tickets: tickets.map(toTicketReference) }),
  };
}

export function toReservedSeat({ id, section, row, number, price, returned, position }: ReservedSeat): z.output<typeof reservedSeatSchema> {
  return { id, section, row, number, price: Number(price), ...(returned && { returned }), ...(position !== undefined && { position }) };
}

export function toTicketReference({ id, seatId }: Pick<TicketReference, 'id' | 'seatId'>): z.output<typeof ticketReferenceSchema> {
  return { id, seatId };
}
