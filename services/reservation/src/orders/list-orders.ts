import type { MessageInitShape } from '@bufbuild/protobuf';
import { decodeIdCursor, encodeIdCursor } from '@ticketing/common/cursor';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { ListOrdersRequest, ListOrdersResponseSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/orders_pb';
import type { Context } from '../context.ts';
import { findOrders } from '../reservations/reservation.ts';
import { toOrders } from './order.ts';

/** Orders, newest first. Refuses with `invalid-cursor`. */
export async function listOrders(
  ctx: Pick<Context, 'db'>,
  request: ListOrdersRequest,
): Promise<MessageInitShape<typeof ListOrdersResponseSchema>> {
  const { concertId, userId, seatId, limit, cursor } = request;
  const before = cursor === '' ? undefined : decodeIdCursor(cursor);
  if (cursor !== '' && before === undefined)
    return { result: refusalResult(refuse('invalid-cursor', 'The cursor does not come from an earlier page.')) };
  const size = limit === 0 ? 20 : limit;
  const found = await findOrders(ctx.db, size + 1, {
    concertId: concertId === '' ? undefined : concertId,
    userId: userId === '' ? undefined : userId,
    seatId: seatId === '' ? undefined : seatId,
    before,
  });
  const page = found.slice(0, size);
  const last = page.at(-1);
  const nextCursor = found.length > size && last ? encodeIdCursor(last.id) : '';
  return { result: { case: 'page', value: { items: await toOrders(ctx.db, page), nextCursor } } };
}
