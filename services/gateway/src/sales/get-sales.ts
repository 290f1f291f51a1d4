import { z } from 'zod';
import { role } from '../auth/access.ts';
import { refuseStranger } from '../auth/own-concert.ts';
import { id } from '../http/fields.ts';
import { defineRoute } from '../http/route.ts';
import { salesSchema, toSales } from './sales.ts';

export const getSales = defineRoute(
  {
    method: 'get',
    path: '/api/v1/admin/concerts/{id}/sales',
    operationId: 'getSales',
    summary: 'What is sold of a concert now',
    description: 'Counted at most once in half a second for all who ask, and more seldom where there are very many seats.',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: { params: z.object({ id }) },
    responses: { 200: salesSchema },
    problems: ['concert-not-found'],
    absent: 'concert-not-found',
  },
  async (ctx, { params }, { user }) => {
    const refusal = await refuseStranger(ctx, user, params.id);
    if (refusal) return refusal;
    return { status: 200, body: toSales(params.id, await ctx.services.sales.getSales({ concertId: params.id })) };
  },
);
