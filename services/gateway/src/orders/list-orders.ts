import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import type { Context } from '../context.ts';
import { orNull } from '../http/answers.ts';
import { cursor, emailAddress, id, limit, nextCursor } from '../http/fields.ts';
import { problem, refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { orderSchema, showOrders } from './order.ts';

const listedOrderSchema = orderSchema.meta({ id: 'ListedOrder', description: 'A reservation as those who run its concert see it.' });

export const listOrders = defineRoute(
  {
    method: 'get',
    path: '/api/v1/admin/orders',
    operationId: 'listOrders',
    summary: 'Orders, newest first',
    description: 'For the organiser of the concert, and for operators. An organiser names the concert; operators may leave it out.',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: {
      query: z.strictObject({
        limit,
        cursor,
        concertId: id.optional(),
        email: emailAddress.optional().meta({ description: 'The whole address of the buyer’s account.' }),
        seat: id.optional().meta({ description: 'The id of a seat: finds the order that it is sold to now.' }),
      }),
    },
    responses: { 200: z.object({ items: z.array(listedOrderSchema), nextCursor }).meta({ id: 'OrderPage' }) },
    problems: ['concert-not-found', 'invalid-cursor'],
  },
  async (ctx, { query }, { user }) => {
    const { concertId, email, seat, limit: size, cursor: from } = query;
    const actor = toActor(user);
    if (concertId === undefined && !actor.operator) {
      return problem('invalid-request', { errors: [{ path: 'concertId', message: 'Name a concert of yours' }] });
    }
    if (concertId !== undefined) {
      const { refusal } = await ctx.services.concert.authorize({ actor, concertId });
      if (refusal) return refused({ case: 'refusal', value: refusal });
    }
    const userId = email === undefined ? '' : await findBuyer(ctx, email);
    if (userId === undefined) return { status: 200, body: { items: [], nextCursor: null } };
    const { result } = await ctx.services.orders.listOrders({
      ...{ concertId: concertId ?? '', userId, seatId: seat ?? '' },
      ...{ limit: size, cursor: from ?? '' },
    });
    if (result.case !== 'page') return refused(result);
    return { status: 200, body: { items: await showOrders(ctx, result.value.items), nextCursor: orNull(result.value.nextCursor) } };
  },
);

/** The account with an address; undefined when there is none. */
async function findBuyer({ services }: Context, email: string): Promise<string | undefined> {
  return (await services.user.findUser({ email })).user?.id;
}
