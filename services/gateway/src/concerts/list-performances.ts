import type { Performance } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { z } from 'zod';
import { anyone } from '../auth/access.ts';
import { isoTime } from '../http/answers.ts';
import { id, krw, shownId, shownInstant } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

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

export const listPerformances = defineRoute(
  {
    method: 'get',
    path: '/api/v1/concerts/{id}/performances',
    operationId: 'listPerformances',
    summary: 'The performances of a concert',
    tag: 'Concerts',
    access: anyone,
    input: {
      params: z.object({ id }),
      query: z.strictObject({
        available: z
          .enum(['true', 'false'])
          .default('false')
          .transform((value) => value === 'true')
          .meta({ description: '`true` leaves out performances without a free seat, and those that have begun.' }),
      }),
    },
    responses: { 200: z.object({ items: z.array(performanceSchema) }).meta({ id: 'PerformanceList' }) },
    problems: ['concert-not-found'],
    absent: 'concert-not-found',
  },
  async ({ services }, { params, query }) => {
    const { result } = await services.concert.listPerformances({ concertId: params.id, availableOnly: query.available });
    if (result.case !== 'performances') return refused(result);
    return { status: 200, body: { items: result.value.items.map(toPerformance) } };
  },
);

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
