import { z } from 'zod';
import { anyone } from '../auth/access.ts';
import { id, ifNoneMatch } from '../http/fields.ts';
import { keep } from '../http/keep.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { concertSchema, toConcert } from './concert.ts';
import { aboutConcert } from './keep-catalogue.ts';

const readConcert = keep({ name: 'getConcert', ...aboutConcert }, async (ctx, { concertId }: { concertId: string }) => {
  const views = ctx.looks.take(concertId);
  const { result } = await ctx.services.concert.getConcert({ concertId, views }).catch((error: unknown) => {
    ctx.looks.add(concertId, views);
    throw error;
  });
  if (result.case !== 'concert') return refused(result);
  return { status: 200, body: toConcert(result.value) };
});

export const getConcert = defineRoute(
  {
    method: 'get',
    path: '/api/v1/concerts/{id}',
    operationId: 'getConcert',
    summary: 'A concert',
    tag: 'Concerts',
    access: anyone,
    hot: true,
    input: { params: z.object({ id }), ifNoneMatch },
    responses: { 200: concertSchema, 304: null },
    problems: ['concert-not-found'],
    absent: 'concert-not-found',
  },
  (ctx, { params }) => {
    ctx.looks.add(params.id, 1);
    return readConcert(ctx, { concertId: params.id });
  },
  {
    fresh: ({ params }) => readConcert.fresh({ concertId: params.id }),
    count: (ctx, { params }) => {
      ctx.looks.add(params.id, 1);
      return undefined;
    },
  },
);
