import { z } from 'zod';
import { anyone } from '../auth/access.ts';
import { oneOf } from '../http/answers.ts';
import { ifNoneMatch, limit, searched, shownId } from '../http/fields.ts';
import { keep } from '../http/keep.ts';
import { defineRoute } from '../http/route.ts';
import { aboutConcerts } from './keep-catalogue.ts';

const kinds = ['artist', 'title'] as const;
const suggestionSchema = z
  .object({ text: z.string(), kind: z.enum(kinds), concertId: shownId.optional() })
  .meta({ id: 'Suggestion', description: 'Something to search for.' });

const suggest = keep({ name: 'suggestConcerts', ...aboutConcerts }, async ({ services }, question: { q: string; limit: number }) => {
  const { items, degraded } = await services.concert.suggestConcerts(question);
  const shown = items.map(({ text, kind, concertId }) => ({ text, kind: oneOf(kinds, kind), ...(concertId && { concertId }) }));
  return { status: 200, body: { items: shown, degraded } };
});

export const suggestConcerts = defineRoute(
  {
    method: 'get',
    path: '/api/v1/concerts/suggestions',
    operationId: 'suggestConcerts',
    summary: 'Suggestions while typing',
    tag: 'Concerts',
    access: anyone,
    hot: true,
    limit: 'suggestions',
    input: { query: z.strictObject({ q: searched(100), limit }), ifNoneMatch },
    responses: { 200: z.object({ items: z.array(suggestionSchema), degraded: z.boolean() }).meta({ id: 'SuggestionList' }), 304: null },
    problems: [],
  },
  (ctx, { query }) => suggest(ctx, query),
  { fresh: ({ query }) => suggest.fresh(query) },
);
