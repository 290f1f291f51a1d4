import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { anyone } from '../auth/access.ts';
import { oneOf } from '../http/answers.ts';
import { id, ifNoneMatch } from '../http/fields.ts';
import { keep } from '../http/keep.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { concertSchema, searchedStatuses, toConcert, venueSchema } from './concert.ts';
import { aboutPerformance } from './keep-catalogue.ts';
import { performanceSchema, toPerformance } from './performance.ts';

const detailsSchema = performanceSchema
  .extend({
    maxSeatsPerPerson: z.int().min(1).max(limits.seatsPerPerson),
    saleState: z
      .enum(searchedStatuses)
      .meta({ description: 'SCHEDULED until the sale opens, ENDED once it has begun, ON_SALE in between.' }),
    concert: concertSchema,
    venue: venueSchema,
  })
  .meta({ id: 'PerformanceDetails', description: 'One evening of a concert, with the concert.' });

const readPerformance = keep({ name: 'getPerformance', ...aboutPerformance }, async ({ services }, question: { performanceId: string }) => {
  const { result } = await services.concert.getPerformance(question);
  if (result.case !== 'performance') return refused(result);
  const { performance, concert: about, maxSeatsPerPerson, saleState } = result.value;
  if (!performance || !about) throw new Error('the concert service left the performance or its concert out');
  const concert = toConcert(about);
  const state = oneOf(searchedStatuses, saleState);
  return { status: 200, body: { ...toPerformance(performance), maxSeatsPerPerson, saleState: state, concert, venue: concert.venue } };
});

export const getPerformance = defineRoute(
  {
    method: 'get',
    path: '/api/v1/performances/{id}',
    operationId: 'getPerformance',
    summary: 'A performance with its concert',
    tag: 'Concerts',
    access: anyone,
    hot: true,
    input: { params: z.object({ id }), ifNoneMatch },
    responses: { 200: detailsSchema, 304: null },
    problems: ['performance-not-found'],
    absent: 'performance-not-found',
  },
  (ctx, { params }) => readPerformance(ctx, { performanceId: params.id }),
  { fresh: ({ params }) => readPerformance.fresh({ performanceId: params.id }) },
);
