import { z } from 'zod';
import { anyone } from '../auth/access.ts';
import { id, ifNoneMatch } from '../http/fields.ts';
import { keep } from '../http/keep.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { aboutConcert } from './keep-catalogue.ts';
import { performanceSchema, toPerformance } from './performance.ts';

const readPerformances = keep(
  { name: 'listPerformances', ...aboutConcert },
  async ({ services }, question: { concertId: string; availableOnly: boolean }) => {
    const { result } = await services.concert.listPerformances(question);
    if (result.case !== 'performances') return refused(result);
    return { status: 200, body: { items: result.value.items.map(toPerformance) } };
  },
);

export const listPerformances = defineRoute(
  {
    method: 'get',
    path: '/api/v1/concerts/{id}/performances',
    operationId: 'listPerformances',
    summary: 'The performances of a concert',
    tag: 'Concerts',
    access: anyone,
    hot: true,
    input: {
      params: z.object({ id }),
      query: z.strictObject({
        available: z
          .enum(['true', 'false'])
          .default('false')
          .transform((value) => value === 'true')
          .meta({ description: '`true` leaves out performances without a free seat, those that have begun, and cancelled ones.' }),
      }),
      ifNoneMatch,
    },
    responses: { 200: z.object({ items: z.array(performanceSchema) }).meta({ id: 'PerformanceList' }), 304: null },
    problems: ['concert-not-found'],
    absent: 'concert-not-found',
  },
  (ctx, input) => readPerformances(ctx, questionOf(input)),
  { fresh: (input) => readPerformances.fresh(questionOf(input)) },
);

function questionOf({ params, query }: { params: { id: string }; query: { available: boolean } }) {
  return { concertId: params.id, availableOnly: query.available };
}
