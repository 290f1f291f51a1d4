import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { concertSchema, toConcert } from '../concerts/concert.ts';
import { orNull } from '../http/answers.ts';
import { cursor, limit, nextCursor } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

export const listOwnConcerts = defineRoute(
  {
    method: 'get',
    path: '/api/v1/admin/concerts',
    operationId: 'listOwnConcerts',
    summary: 'Concerts that I run, newest first',
    description: 'Drafts and cancelled ones too. Operators see those of all organisers.',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: { query: z.strictObject({ limit, cursor }) },
    responses: { 200: z.object({ items: z.array(concertSchema), nextCursor }).meta({ id: 'OwnConcertPage' }) },
    problems: ['invalid-cursor'],
  },
  async ({ services }, { query }, { user }) => {
    const { result } = await services.organiser.listOwnConcerts({
      actor: toActor(user),
      limit: query.limit,
      cursor: query.cursor ?? '',
    });
    if (result.case !== 'page') return refused(result);
    return { status: 200, body: { items: result.value.items.map(toConcert), nextCursor: orNull(result.value.nextCursor) } };
  },
);
