import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { describePerformances } from '../concerts/describe-performances.ts';
import { orNull } from '../http/answers.ts';
import { cursor, limit, nextCursor } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { myTicketSchema, toMyTicket } from './my-ticket.ts';

const listedTicketSchema = myTicketSchema.meta({ id: 'MyTicket', description: 'A ticket without its code.' });

export const listMyTickets = defineRoute(
  {
    method: 'get',
    path: '/api/v1/users/me/tickets',
    operationId: 'listMyTickets',
    summary: 'My tickets, good and void, newest first',
    tag: 'Tickets',
    access: signedIn,
    input: { query: z.strictObject({ limit, cursor }) },
    responses: { 200: z.object({ items: z.array(listedTicketSchema), nextCursor }).meta({ id: 'MyTicketPage' }) },
    problems: ['invalid-cursor'],
  },
  async (ctx, { query }, { user }) => {
    const { result } = await ctx.services.tickets.listTickets({ userId: user.id, limit: query.limit, cursor: query.cursor ?? '' });
    if (result.case !== 'page') return refused(result);
    const { items, nextCursor: next } = result.value;
    const described = await describePerformances(
      ctx,
      items.map((item) => item.performanceId),
    );
    const shown = items.map((item) => toMyTicket(item, described.get(item.performanceId)));
    return { status: 200, body: { items: shown, nextCursor: orNull(next) } };
  },
);
