import type { MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { decodeIdCursor, encodeIdCursor } from '@ticketing/common/cursor';
import { idToBinary, type SqlValue } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { ListWebhooksRequest, ListWebhooksResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/webhooks_pb';
import type { Context } from '../context.ts';
import { toWebhook, type WebhookRow, webhookColumns } from './webhook-store.ts';

/** The webhooks of the actor, or for an operator all, newest first and without their secrets. Refuses with `invalid-cursor`. */
export async function listWebhooks(
  { db }: Pick<Context, 'db'>,
  request: ListWebhooksRequest,
): Promise<MessageInitShape<typeof ListWebhooksResponseSchema>> {
  const actor = actorOf(request);
  const { limit, cursor } = request;
  const before = cursor === '' ? undefined : decodeIdCursor(cursor);
  if (cursor !== '' && before === undefined) {
    return { result: refusalResult(refuse('invalid-cursor', 'The cursor does not come from an earlier page.')) };
  }
  const conditions: [string, SqlValue][] = [
    ...(actor.operator ? [] : [['owner_id = ?', idToBinary(actor.userId)] satisfies [string, SqlValue]]),
    ...(before === undefined ? [] : [['id < ?', idToBinary(before)] satisfies [string, SqlValue]]),
  ];
  const where = ['TRUE', ...conditions.map(([condition]) => condition)].join(' AND ');
  const rows = await db.query<WebhookRow>(`SELECT ${webhookColumns} FROM webhooks WHERE ${where} ORDER BY id DESC LIMIT ?`, [
    ...conditions.map(([, value]) => value),
    limit + 1,
  ]);
  const items = rows.slice(0, limit).map(toWebhook);
  return { result: { case: 'page', value: { items, nextCursor: rows.length > limit ? encodeIdCursor(items.at(-1)?.id ?? '') : '' } } };
}
