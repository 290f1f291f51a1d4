import { z } from 'zod';
import { anyone } from '../auth/access.ts';
import { oneOf } from '../http/answers.ts';
import { limit, searched, shownId } from '../http/fields.ts';
import { defineRoute } from '../http/route.ts';

const kinds = ['artist', 'title'] as const;
const suggestionSchema = z
  .object({ text: z.string(), kind: z.enum(kinds), concertId: shownId.optional() })
  .meta({ id: 'Suggestion', description: 'Something to search for.' });

export const suggestConcerts = defineRoute(
  {
    method: 'get',
    path: '/api/v1/concerts/suggestions',
    operationId: 'suggestConcerts',
    summary: 'Suggestions while typing',
    tag: 'Concerts',
    access: anyone,
    limit: 'suggestions',
    input: { query: z.strictObject({ q: searched(100), limit }) },
    responses: { 200: z.object({ items: z.array(suggestionSchema), degraded: z.boolean() }).meta({ id: 'SuggestionList' }) },
    problems: [],
  },
  async ({ services }, { query }) => {
    const { items, degraded } = await services.concert.suggestConcerts(query);
    const shown = items.map(({ text, kind, concertId }) => ({ text, kind: oneOf(kinds, kind), ...(concertId && { concertId }) }));
    return { status: 200, body: { items: shown, degraded } };
  },
);
