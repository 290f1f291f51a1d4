import type { Attendee, AttendeePage } from '@ticketing/contracts/gen/ticketing/reservation/v1/orders_pb';
import type { User } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { describePerformance } from '../concerts/describe-performances.ts';
import type { Context } from '../context.ts';
import { isoTime } from '../http/answers.ts';
import { byteOrderMark, csvLine } from '../http/csv.ts';
import { id } from '../http/fields.ts';
import { problem } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

// As many accounts as the user service names at a time.
const pageSize = 500;
const columns = ['ticket id', 'section', 'row', 'number', 'price', 'status', 'name', 'email', 'bought at'];

export const exportAttendees = defineRoute(
  {
    method: 'get',
    path: '/api/v1/admin/performances/{id}/attendees.csv',
    operationId: 'exportAttendees',
    summary: 'Who has the good tickets of a performance',
    description:
      'For the organiser of the concert, and for operators. CSV in UTF-8 with a byte order mark; texts that a spreadsheet would take for a formula begin with an apostrophe. Each export is written into the audit before it begins.',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: { params: z.object({ id }) },
    responses: { 200: z.string() },
    produces: 'text/csv',
    problems: ['performance-not-found'],
    absent: 'performance-not-found',
  },
  async (ctx, { params }, { user }) => {
    const performance = await describePerformance(ctx, params.id);
    if (!performance) return problem('performance-not-found');
    const change = { action: 'attendees.export', subject: params.id, beforeJson: 'null', afterJson: 'null' };
    const { concertId } = performance;
    const { refusal } = await ctx.services.concert.authorize({ actor: toActor(user), concertId, change });
    if (refusal) return problem('performance-not-found');
    // What can't be had is found out while there is no answer yet.
    const first = await readPage(ctx, params.id, '');
    return { status: 200, file: { type: 'text/csv', name: `attendees-${params.id}.csv`, content: writeLines(ctx, params.id, first) } };
  },
);

interface NamedPage {
  page: AttendeePage;
  users: Map<string, User>;
}

async function* writeLines(ctx: Context, performanceId: string, first: NamedPage): AsyncGenerator<string> {
  yield byteOrderMark + csvLine(columns);
  for (let named = first; ; named = await readPage(ctx, performanceId, named.page.nextCursor)) {
    const { page, users } = named;
    yield page.items.map((attendee) => toLine(attendee, users.get(attendee.userId))).join('');
    if (page.nextCursor === '') return;
  }
}

async function readPage({ services }: Context, performanceId: string, cursor: string): Promise<NamedPage> {
  const { result } = await services.orders.listAttendees({ performanceId, limit: pageSize, cursor });
  if (result.case !== 'page') throw new Error('the reservation service gave no page of attendees');
  const userIds = [...new Set(result.value.items.map(({ userId }) => userId))];
  const { items } = userIds.length === 0 ? { items: [] } : await services.user.getUsers({ userIds });
  return { page: result.value, users: new Map(items.map((item) => [item.id, item])) };
}

function toLine({ ticketId, seat, boughtAt }: Attendee, user: User | undefined): string {
  if (!seat) throw new Error('the reservation service left the seat out');
  const { section, row, number, price } = seat;
  return csvLine([ticketId, section, row, number, Number(price), 'VALID', user?.name ?? '', user?.email ?? '', isoTime(boughtAt)]);
}
