import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { optionalIdempotencyKey } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { showTicket, ticketSchema } from '../tickets/get-ticket.ts';

const token = z
  .string()
  .regex(/^[\w-]{43}$/)
  .meta({ description: 'What stands behind `#` in the link.' });

export const acceptTransfer = defineRoute(
  {
    method: 'post',
    path: '/api/v1/transfers/{token}',
    operationId: 'acceptTransfer',
    summary: 'Take a ticket over',
    description: 'Answers with a new ticket for the same seat. It does not count against the caller’s limit of seats.',
    tag: 'Tickets',
    access: signedIn,
    input: { params: z.object({ token }), body: z.strictObject({}).optional(), idempotencyKey: optionalIdempotencyKey },
    responses: { 201: ticketSchema },
    problems: ['transfer-gone', 'ticket-void', 'transfer-not-allowed'],
    absent: 'transfer-gone',
  },
  async (ctx, { params, idempotencyKey }, { user }) => {
    const { result } = await ctx.services.tickets.acceptTransfer({ userId: user.id, token: params.token, idempotencyKey });
    if (result.case !== 'ticket') return refused(result);
    return { status: 201, headers: { location: `/api/v1/tickets/${result.value.id}` }, body: await showTicket(ctx, result.value) };
  },
);
