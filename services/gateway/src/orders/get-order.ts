import type { Reservation } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import type { Context } from '../context.ts';
import { isOutage } from '../http/failures.ts';
import { id } from '../http/fields.ts';
import { problem, refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { paymentSchema, toPayment } from '../payments/payment.ts';
import { orderSchema, showOrders } from './order.ts';

const wholeOrderSchema = orderSchema
  .extend({ payment: paymentSchema.nullable().meta({ description: 'Null where nobody has paid, and while the payment service is out.' }) })
  .meta({ id: 'Order', description: 'A reservation with its payment, as those who run its concert see it.' });

export const getOrder = defineRoute(
  {
    method: 'get',
    path: '/api/v1/admin/orders/{id}',
    operationId: 'getOrder',
    summary: 'An order',
    description: 'For the organiser of the concert, and for operators. The id is that of the reservation.',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: { params: z.object({ id }) },
    responses: { 200: wholeOrderSchema },
    problems: ['order-not-found'],
    absent: 'order-not-found',
  },
  async (ctx, { params }, { user }) => {
    const { result } = await ctx.services.orders.getOrder({ orderId: params.id });
    if (result.case !== 'order') return refused(result);
    const { reservation } = result.value;
    if (!reservation) throw new Error('the reservation service left the reservation out');
    const { refusal } = await ctx.services.concert.authorize({ actor: toActor(user), concertId: reservation.concertId });
    // What is somebody else's is not there.
    if (refusal) return problem('order-not-found');
    const [[order], payment] = await Promise.all([showOrders(ctx, [result.value]), paymentOf(ctx, reservation)]);
    if (!order) throw new Error('the order is not shown');
    return { status: 200, body: { ...order, payment } };
  },
);

async function paymentOf({ services, log }: Context, reservation: Reservation): Promise<z.output<typeof paymentSchema> | null> {
  const { userId, paymentId } = reservation;
  if (paymentId === '') return null;
  try {
    const { result } = await services.payment.getPayment({ userId, paymentId });
    return result.case === 'payment' ? toPayment(result.value) : null;
  } catch (error) {
    if (!isOutage(error)) throw error;
    log.warn({ reason: error.message }, 'an order is shown without its payment');
    return null;
  }
}
