import type { PerformanceDescription } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { type Ticket, TicketStatus } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { z } from 'zod';
import { isoTime } from '../http/answers.ts';
import { shownId, shownInstant } from '../http/fields.ts';
import { reservedSeatSchema, toReservedSeat } from '../reservations/reservation.ts';

const whileOut = 'Null while the concert service is out.';

/** A ticket with what it is for. */
export const myTicketSchema = z.object({
  id: shownId,
  reservationId: shownId,
  performanceId: shownId,
  seat: reservedSeatSchema,
  status: z.enum(['VALID', 'VOID']).meta({ description: '`VOID` once it was given back or passed on.' }),
  concert: z.object({ id: shownId, title: z.string().nullable(), artist: z.string().nullable() }).meta({ description: whileOut }),
  venue: z.object({ id: shownId, name: z.string(), city: z.string() }).nullable().meta({ description: whileOut }),
  startsAt: shownInstant.nullable().meta({ description: whileOut }),
  timeZone: z.string().nullable().meta({ description: 'The venue’s, as an IANA name. Null while the concert service is out.' }),
  transfer: z
    .object({ id: shownId, expiresAt: shownInstant })
    .optional()
    .meta({ description: 'The link that is open for it. The link itself is shown once, by the request that made it.' }),
});

/** @param about what the performance is of, as far as that is known */
export function toMyTicket(ticket: Ticket, about: PerformanceDescription | undefined): z.output<typeof myTicketSchema> {
  const { id, reservationId, performanceId, seat, concertId, transfer } = ticket;
  if (!seat) throw new Error('the reservation service left the seat out');
  const { venue } = about ?? {};
  return {
    ...{ id, reservationId, performanceId, seat: toReservedSeat(seat) },
    status: ticket.status === TicketStatus.VOID ? 'VOID' : 'VALID',
    concert: { id: about?.concertId ?? concertId, title: about?.concertTitle ?? null, artist: about?.concertArtist ?? null },
    venue: venue ? { id: venue.id, name: venue.name, city: venue.city } : null,
    startsAt: about ? isoTime(about.startsAt) : null,
    timeZone: venue?.timeZone ?? null,
    ...(transfer && { transfer: { id: transfer.id, expiresAt: isoTime(transfer.expiresAt) } }),
  };
}
