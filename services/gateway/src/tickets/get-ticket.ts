import type { Ticket } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { describePerformances } from '../concerts/describe-performances.ts';
import type { Context } from '../context.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { myTicketSchema, toMyTicket } from './my-ticket.ts';

export const ticketSchema = myTicketSchema
  .extend({
    qr: z.string().optional().meta({
      description: 'A compact JWS, to be shown as a QR code at the gate; `/.well-known/ticket-keys.json` verifies it. Valid tickets only.',
    }),
    qrText: z.string().optional().meta({
      description:
        'The same right in few letters, which a QR code packs best: what it shows can be read from farther away. Valid tickets only.',
    }),
  })
  .meta({ id: 'Ticket', description: 'The right to one seat.' });

/** The ticket as its owner sees it, with its code and with what it is for. */
export async function showTicket(ctx: Context, ticket: Ticket): Promise<z.output<typeof ticketSchema>> {
  const described = await describePerformances(ctx, [ticket.performanceId]);
  const shown = toMyTicket(ticket, described.get(ticket.performanceId));
  return shown.status === 'VOID' ? shown : { ...shown, qr: ticket.qr, qrText: ticket.qrText };
}

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
  async (ctx, { params }, { user }) => {
    const { result } = await ctx.services.reservation.getTicket({ userId: user.id, ticketId: params.id });
    if (result.case !== 'ticket') return refused(result);
    return { status: 200, body: await showTicket(ctx, result.value) };
  },
);
