import type { MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { recordAudit } from '@ticketing/common/audit';
import { refusalResult } from '@ticketing/common/refusal';
import type { DeleteWebhookRequest, DeleteWebhookResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/webhooks_pb';
import type { Context } from '../context.ts';
import { findOwnWebhook, noWebhook, readTypes } from './webhook-store.ts';

/** Ends a webhook and all its deliveries. Refuses with `webhook-not-found`, also for one of somebody else. */
export async function deleteWebhook(
  { db }: Pick<Context, 'db'>,
  request: DeleteWebhookRequest,
): Promise<MessageInitShape<typeof DeleteWebhookResponseSchema>> {
  const actor = actorOf(request);
  const isDeleted = await db.transaction(async (tx) => {
    const found = await findOwnWebhook(tx, actor, request.webhookId, 'FOR UPDATE');
    if (!found) return false;
    await tx.execute('DELETE FROM webhooks WHERE id = ?', [found.id]);
    await tx.execute('DELETE FROM webhook_deliveries WHERE webhook_id = ?', [found.id]);
    const before = { host: new URL(found.url).host, types: readTypes(found.types) };
    await recordAudit(tx, { actorId: actor.userId, action: 'webhook.delete', subject: request.webhookId, before, after: null });
    return true;
  });
  return isDeleted ? {} : { refusal: refusalResult(noWebhook).value };
}
