import { z } from 'zod';
import { anyone } from '../auth/access.ts';
import { orNull } from '../http/answers.ts';
import { cursor, limit, line, nextCursor } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { concertSchema, toConcert } from './concert.ts';

const localDate = z.iso.date().optional().meta({ description: 'Local date at the venue, inclusive.' });

export const searchConcerts = defineRoute(
  {
    method: 'get',
    path: '/api/v1/concerts',
    operationId: 'searchConcerts',
    summary: 'Search concerts',
    tag: 'Concerts',
    access: anyone,
    input: {
      query: z
        .strictObject({
          q: line(1, 100).optional(),
          artist: line(1, 100).optional(),
          from: localDate,
          to: localDate,
          limit,
          cursor,
        })
        .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
          path: ['to'],
          message: 'Must not be before from',
        }),
    },
    responses: {
      200: z
        .object({
          items: z.array(concertSchema),
          nextCursor,
          degraded: z.boolean().meta({ description: 'The search index was out; a plainer search answered.' }),
        })
        .meta({ id: 'ConcertPage' }),
    },
    problems: ['invalid-cursor'],
  },
  async ({ services }, { query }) => {
    const { q = '', artist = '', from = '', to = '', limit: size, cursor: after = '' } = query;
    const { result } = await services.concert.searchConcerts({ q, artist, from, to, limit: size, cursor: after });
    if (result.case !== 'page') return refused(result);
    const page = result.value;
    return { status: 200, body: { items: page.items.map(toConcert), nextCursor: orNull(page.nextCursor), degraded: page.degraded } };
  },
);
