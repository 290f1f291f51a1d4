import { seatPlanSchema } from '@ticketing/contracts/seat-plan';
import { z } from 'zod';
import { anyone } from '../auth/access.ts';
import { acceptEncoding, id, ifNoneMatch, shownId } from '../http/fields.ts';
import { keep } from '../http/keep.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

const plan = seatPlanSchema(() => z.string()).shape;
const section = plan.sections.element.shape;
const layoutSchema = z
  .object({
    performanceId: shownId,
    stage: plan.stage,
    categories: plan.categories,
    sections: z.array(
      z.object({
        name: section.name,
        position: z.int().meta({ description: 'Of its first seat. The seats of its rows follow in their order: they are named by it.' }),
        outline: section.outline,
        rows: section.rows,
      }),
    ),
    totalSeats: z.int(),
  })
  .meta({
    id: 'SeatLayout',
    description:
      'Where the seats of a performance are. The seat with index i of a row of n stands at (x, y) + i · (dx, dy), moved by bend · 4t(1 − t) along ' +
      '(−dy, dx) of length 1, where t = i / (n − 1). Its number is first + i · step.',
  });

// It never changes; what nobody asks for makes room.
const times = { ttlMs: 3_600_000, staleMs: 3_600_000, cacheControl: 'public, max-age=86400, immutable' };

const readLayout = keep<{ performanceId: string; encoding: string }, z.output<typeof layoutSchema>>(
  { name: 'getSeatLayout', ...times },
  async ({ services }, question) => {
    const { result } = await services.concert.getSeatLayout(question);
    if (result.case !== 'layout') return refused(result);
    const { json, etag, encoding } = result.value;
    const vary = 'accept-encoding';
    // Other bytes with the same meaning have a weak tag.
    const headers = encoding === '' ? { etag, vary } : { etag: `W/${etag}`, vary, 'content-encoding': encoding };
    return { status: 200, headers, bytes: json };
  },
);

export const getSeatLayout = defineRoute(
  {
    method: 'get',
    path: '/api/v1/performances/{id}/layout',
    operationId: 'getSeatLayout',
    summary: 'Where the seats of a performance are',
    description: 'It never changes: browsers and proxies may keep it. Compressed with brotli or gzip where Accept-Encoding allows it.',
    tag: 'Concerts',
    access: anyone,
    hot: true,
    input: { params: z.object({ id }), ifNoneMatch, acceptEncoding },
    responses: { 200: layoutSchema, 304: null },
    problems: ['performance-not-found'],
    absent: 'performance-not-found',
  },
  (ctx, { params, acceptEncoding: encoding }) => readLayout(ctx, { performanceId: params.id, encoding }),
  { fresh: ({ params, acceptEncoding: encoding }) => readLayout.fresh({ performanceId: params.id, encoding }) },
);
