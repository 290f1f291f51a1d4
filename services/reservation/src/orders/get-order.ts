import type { MessageInitShape } from '@bufbuild/protobuf';
import { idToBinary } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { GetOrderRequest, GetOrderResponseSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/orders_pb';
import type { Context } from '../context.ts';
import { findReservations } from '../reservations/reservation.ts';
import { toOrders } from './order.ts';

/** Refuses with `order-not-found`. */
export async function getOrder(
  ctx: Pick<Context, 'db'>,
  { orderId }: GetOrderRequest,
): Promise<MessageInitShape<typeof GetOrderResponseSchema>> {
  const [order] = await toOrders(ctx.db, await findReservations(ctx.db, [idToBinary(orderId)]));
  if (!order) return { result: refusalResult(refuse('order-not-found', 'There is no such order.')) };
  return { result: { case: 'order', value: order } };
}
