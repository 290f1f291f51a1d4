import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { id, shownId } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { reservedSeatSchema, toReservedSeat } from '../reservations/reservation.ts';

const ticketSchema = z
  .object({
    id: shownId,
    reservationId: shownId,
    performanceId: shownId,
    seat: reservedSeatSchema,
    qr: z.string().meta({ description: 'A compact JWS, to be shown as a QR code at the gate.' }),
  })
  .meta({ id: 'Ticket', description: 'The right to one seat.' });

export const getTicket = defineRoute(
  {
    method: 'get',
    path: '/api/v1/tickets/{id}',
    operationId: 'getTicket',
    summary: 'A ticket of mine',
    tag: 'Tickets',
    access: signedIn,
    input: { params: z.object({ id }) },
    responses: { 200: ticketSchema },
    problems: ['ticket-not-found'],
    absent: 'ticket-not-found',
  },
  async ({ services }, { params }, { user }) => {
    const { result } = await services.reservation.getTicket({ userId: user.id, ticketId: params.id });
    if (result.case !== 'ticket') return refused(result);
    const { id: ticketId, reservationId, performanceId, seat, qr } = result.value;
    if (!seat) throw new Error('the reservation service left the seat out');
    return { status: 200, body: { id: ticketId, reservationId, performanceId, seat: toReservedSeat(seat), qr } };
  },
);
