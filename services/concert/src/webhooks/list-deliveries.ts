import type { MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { decodeIdCursor, encodeIdCursor } from '@ticketing/common/cursor';
import { idToBinary, type SqlValue } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { ListDeliveriesRequest, ListDeliveriesResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/webhooks_pb';
import type { Context } from '../context.ts';
import { type DeliveryRow, deliveryColumns, findOwnWebhook, noWebhook, toDelivery } from './webhook-store.ts';

/** What was sent to a webhook and what will be, newest first. Refuses with `webhook-not-found` or `invalid-cursor`. */
export async function listDeliveries(
  { db }: Pick<Context, 'db'>,
  request: ListDeliveriesRequest,
): Promise<MessageInitShape<typeof ListDeliveriesResponseSchema>> {
  const { webhookId, status, limit, cursor } = request;
  const webhook = await findOwnWebhook(db, actorOf(request), webhookId);
  if (!webhook) return { result: refusalResult(noWebhook) };
  const before = cursor === '' ? undefined : decodeIdCursor(cursor);
  if (cursor !== '' && before === undefined) {
    return { result: refusalResult(refuse('invalid-cursor', 'The cursor does not come from an earlier page.')) };
  }
  const values: SqlValue[] = [
    webhook.id,
    ...(status === '' ? [] : [status]),
    ...(before === undefined ? [] : [idToBinary(before)]),
    limit + 1,
  ];
  const rows = await db.query<DeliveryRow>(
    `SELECT ${deliveryColumns} FROM webhook_deliveries WHERE webhook_id = ? ${status === '' ? '' : 'AND status = ?'}
       ${before === undefined ? '' : 'AND id < ?'} ORDER BY id DESC LIMIT ?`,
    values,
  );
  const items = rows.slice(0, limit).map(toDelivery);
  return { result: { case: 'page', value: { items, nextCursor: rows.length > limit ? encodeIdCursor(items.at(-1)?.id ?? '') : '' } } };
}
