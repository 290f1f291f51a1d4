import { TicketStatus } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { id, shownId } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { reservedSeatSchema, toReservedSeat } from '../reservations/reservation.ts';

const statuses = ['VALID', 'VOID'] as const;

const ticketSchema = z
  .object({
    id: shownId,
    reservationId: shownId,
    performanceId: shownId,
    seat: reservedSeatSchema,
    status: z.enum(statuses).meta({ description: '`VOID` once it was given back.' }),
    qr: z.string().optional().meta({
      description: 'A compact JWS, to be shown as a QR code at the gate; `/.well-known/ticket-keys.json` verifies it. Valid tickets only.',
    }),
    qrText: z.string().optional().meta({
      description:
        'The same right in few letters, which a QR code packs best: what it shows can be read from farther away. Valid tickets only.',
    }),
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
    const { id: ticketId, reservationId, performanceId, seat, qr, qrText, status: ticketStatus } = result.value;
    if (!seat) throw new Error('the reservation service left the seat out');
    const isVoid = ticketStatus === TicketStatus.VOID;
    const status: z.output<typeof ticketSchema>['status'] = isVoid ? 'VOID' : 'VALID';
    const ticket = { id: ticketId, reservationId, performanceId, seat: toReservedSeat(seat), status };
    return { status: 200, body: isVoid ? ticket : { ...ticket, qr, qrText } };
  },
);
