import { z } from 'zod';
import { role } from '../auth/access.ts';
import { refuseStranger } from '../auth/own-concert.ts';
import { id } from '../http/fields.ts';
import { defineRoute } from '../http/route.ts';
import { salesSchema } from './sales.ts';

export const watchSales = defineRoute(
  {
    method: 'get',
    path: '/api/v1/admin/concerts/{id}/sales/events',
    operationId: 'watchSales',
    summary: 'What is sold of a concert, every second',
    description: 'Server-sent events, each with all figures. Of very many seats they are counted more seldom.',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: { params: z.object({ id }) },
    responses: { 200: salesSchema },
    streams: true,
    problems: ['concert-not-found'],
    absent: 'concert-not-found',
  },
  async (ctx, { params }, { user }) => {
    const refusal = await refuseStranger(ctx, user, params.id);
    if (refusal) return refusal;
    return { status: 200, stream: { owner: user.id, open: (listener) => ctx.salesWatcher.watch(params.id, listener) } };
  },
);
