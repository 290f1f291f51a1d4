import { z } from 'zod';
import { anyone } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { concertSchema, toConcert } from './concert.ts';

export const getConcert = defineRoute(
  {
    method: 'get',
    path: '/api/v1/concerts/{id}',
    operationId: 'getConcert',
    summary: 'A concert',
    tag: 'Concerts',
    access: anyone,
    input: { params: z.object({ id }) },
    responses: { 200: concertSchema },
    problems: ['concert-not-found'],
    absent: 'concert-not-found',
  },
  async ({ services }, { params }) => {
    const { result } = await services.concert.getConcert({ concertId: params.id });
    if (result.case !== 'concert') return refused(result);
    return { status: 200, body: toConcert(result.value) };
  },
);
