import { z } from 'zod';
import { role } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { refuseStranger } from './own-performance.ts';
import { seatBlockSchema, toSeatBlock } from './seat-block.ts';

const blockListSchema = z
  .object({
    items: z.array(seatBlockSchema),
    seats: z
      .object({ total: z.int(), available: z.int(), held: z.int(), sold: z.int(), blocked: z.int() })
      .meta({ description: 'How the seats are shared out. Once the performance has begun, none is available or held.' }),
  })
  .meta({ id: 'SeatBlockList' });

export const listBlocks = defineRoute(
  {
    method: 'get',
    path: '/api/v1/admin/performances/{id}/blocks',
    operationId: 'listBlocks',
    summary: 'The seats that are kept for guests',
    description: 'Blocks that are not released, the oldest first.',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: { params: z.object({ id }) },
    responses: { 200: blockListSchema },
    problems: ['performance-not-found'],
    absent: 'performance-not-found',
  },
  async (ctx, { params }, { user }) => {
    const refusal = await refuseStranger(ctx, user, params.id);
    if (refusal) return refusal;
    const { result } = await ctx.services.reservation.listBlocks({ performanceId: params.id });
    if (result.case !== 'blocks') return refused(result);
    const { items, seats: counts } = result.value;
    if (!counts) throw new Error('the reservation service left the counts out');
    const { total, available, held, sold, blocked } = counts;
    return { status: 200, body: { items: items.map(toSeatBlock), seats: { total, available, held, sold, blocked } } };
  },
);
