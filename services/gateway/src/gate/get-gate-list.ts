import { z } from 'zod';
import { gateStaff, toActor } from '../auth/access.ts';
import { isoTime } from '../http/answers.ts';
import { id, shownId, shownInstant } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { gateSeatSchema, toGateSeat } from './scan.ts';

const ticketSchema = z
  .object({
    ticketId: shownId,
    seat: gateSeatSchema,
    void: z.boolean().meta({ description: 'It lets nobody in: it was given back or passed on.' }),
    checkedInAt: shownInstant.optional().meta({ description: 'While somebody was let in with it.' }),
  })
  .meta({ id: 'GateTicket' });

const since = z
  .string()
  .regex(/^[\x21-\x7e]{1,500}$/, 'Must be a mark')
  .optional()
  .meta({ description: '`mark` of the answer before; all tickets, if left out.' });

export const getGateList = defineRoute(
  {
    method: 'get',
    path: '/api/v1/admin/performances/{id}/gate-list',
    operationId: 'getGateList',
    summary: 'The tickets of a performance that have changed since a mark, for a gate that goes offline',
    description: 'A page has at most 1,000 tickets; ask again with its `mark` at once where there is `more`, else after some seconds.',
    tag: 'Gate',
    access: gateStaff,
    input: { params: z.object({ id }), query: z.strictObject({ since }) },
    responses: {
      200: z
        .object({ items: z.array(ticketSchema), mark: z.string().meta({ description: 'To be sent as `since`.' }), more: z.boolean() })
        .meta({ id: 'GateList' }),
    },
    problems: ['performance-not-found', 'invalid-cursor'],
    absent: 'performance-not-found',
  },
  async ({ services }, { params, query }, { user }) => {
    const request = { actor: toActor(user), performanceId: params.id, since: query.since ?? '' };
    const { result } = await services.reservation.getGateList(request);
    if (result.case !== 'list') return refused(result);
    const { tickets, mark, more } = result.value;
    const items = tickets.map(({ ticketId, seat, void: isVoid, checkedInAt }) => ({
      ...{ ticketId, seat: toGateSeat(seat), void: isVoid },
      ...(checkedInAt && { checkedInAt: isoTime(checkedInAt) }),
    }));
    return { status: 200, body: { items, mark, more } };
  },
);
