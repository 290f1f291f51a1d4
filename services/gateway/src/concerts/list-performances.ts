import type { Performance } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { z } from 'zod';
import { anyone } from '../auth/access.ts';
import { isoTime } from '../http/answers.ts';
import { id, ifNoneMatch, krw, shownId, shownInstant } from '../http/fields.ts';
import { keep } from '../http/keep.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { aboutConcert } from './keep-catalogue.ts';

const performanceSchema = z
  .object({
    id: shownId,
    concertId: shownId,
    startsAt: shownInstant,
    saleOpensAt: shownInstant,
    totalSeats: z.int(),
    availableSeats: z.int(),
    priceFrom: krw,
    priceTo: krw,
  })
  .meta({ id: 'Performance', description: 'One evening of a concert.' });

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
          .meta({ description: '`true` leaves out performances without a free seat, and those that have begun.' }),
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

function toPerformance(performance: Performance): z.output<typeof performanceSchema> {
  const { totalSeats, availableSeats } = performance;
  return {
    id: performance.id,
    concertId: performance.concertId,
    startsAt: isoTime(performance.startsAt),
    saleOpensAt: isoTime(performance.saleOpensAt),
    totalSeats,
    availableSeats,
    priceFrom: Number(performance.priceFrom),
    priceTo: Number(performance.priceTo),
  };
}
