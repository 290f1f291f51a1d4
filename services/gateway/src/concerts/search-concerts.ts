import type { ConcertHighlights } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { anyone } from '../auth/access.ts';
import type { Context } from '../context.ts';
import { orNull } from '../http/answers.ts';
import { cursor, ifNoneMatch, limit, nextCursor, searched } from '../http/fields.ts';
import { keep } from '../http/keep.ts';
import { type Problem, problem, refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { concertSchema, searchedStatuses, toConcert } from './concert.ts';
import { aboutConcerts } from './keep-catalogue.ts';

const marked = z.string().optional();
const foundConcertSchema = concertSchema
  .extend({
    highlights: z
      .object({ title: marked, artist: marked, venue: marked, description: marked })
      .optional()
      .meta({ description: 'HTML in which what was looked for stands in `<mark>`; only for texts that have it.' }),
  })
  .meta({ id: 'FoundConcert', description: 'A concert with what a search found in it.' });

const localDate = z.iso.date().optional().meta({ description: 'Local date at the venue, inclusive.' });

const searchQuery = z
  .strictObject({
    q: searched(100).optional(),
    artist: searched(limits.artist).optional(),
    from: localDate,
    to: localDate,
    city: searched(limits.city).optional(),
    status: z.enum(searchedStatuses).optional(),
    sort: z
      .enum(['relevance', 'date'])
      .optional()
      .meta({ description: 'By relevance where there is a `q`, else by date. A search that is degraded is by date.' }),
    limit,
    cursor,
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
    path: ['to'],
    message: 'Must not be before from',
  });

const findPage = keep({ name: 'searchConcerts', ...aboutConcerts }, async ({ services }, query: z.output<typeof searchQuery>) => {
  const { q = '', artist = '', from = '', to = '', city = '', status = '', sort = '', limit: size, cursor: after = '' } = query;
  const { result } = await services.concert.searchConcerts({ q, artist, from, to, city, status, sort, limit: size, cursor: after });
  if (result.case !== 'page') return refused(result);
  const page = result.value;
  const items = page.items.map((concert, index) => ({ ...toConcert(concert), ...highlightsOf(page.highlights[index]) }));
  return { status: 200, body: { items, nextCursor: orNull(page.nextCursor), degraded: page.degraded } };
});

export const searchConcerts = defineRoute(
  {
    method: 'get',
    path: '/api/v1/concerts',
    operationId: 'searchConcerts',
    summary: 'Search concerts',
    tag: 'Concerts',
    access: anyone,
    hot: true,
    input: { query: searchQuery, ifNoneMatch },
    responses: {
      200: z
        .object({
          items: z.array(foundConcertSchema),
          nextCursor,
          degraded: z.boolean().meta({ description: 'The search index was out; a plainer search answered.' }),
        })
        .meta({ id: 'ConcertPage' }),
      304: null,
    },
    problems: ['invalid-cursor'],
  },
  (ctx, input, _caller, address) => {
    const refusal = countSearch(ctx, input, address);
    return refusal ? Promise.resolve(refusal) : findPage(ctx, input.query);
  },
  { fresh: ({ query }) => findPage.fresh(query), count: countSearch },
);

/** A list by date alone is no work; whatever is looked for is. */
function countSearch({ limits: rates }: Context, { query }: { query: z.output<typeof searchQuery> }, address: string): Problem | undefined {
  const wait = query.q || query.artist ? rates.take('searches', address) : undefined;
  return wait === undefined ? undefined : problem('rate-limited', { retryAfterSeconds: wait });
}

function highlightsOf(highlights: ConcertHighlights | undefined): Pick<z.output<typeof foundConcertSchema>, 'highlights'> {
  if (!highlights) return {};
  const { title, artist, venue, description } = highlights;
  return {
    highlights: { ...(title && { title }), ...(artist && { artist }), ...(venue && { venue }), ...(description && { description }) },
  };
}
