import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { answerKeyed } from '@ticketing/common/answer-keyed';
import { recordAudit } from '@ticketing/common/audit';
import { idToBinary } from '@ticketing/common/database';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import {
  type RedeliverWebhookRequest,
  type RedeliverWebhookResponse,
  RedeliverWebhookResponseSchema,
} from '@ticketing/contracts/gen/ticketing/concert/v1/webhooks_pb';
import type { Context } from '../context.ts';
import { lifeHours } from './deliver-events.ts';
import { type DeliveryRow, deliveryColumns, findOwnWebhook, noWebhook, toDelivery } from './webhook-store.ts';

const noDelivery = refuse('delivery-not-found', 'The webhook has no such delivery.');

/**
 * Makes a delivery due now, with a day of tries, whatever became of it; its id stays. An endpoint that is left alone is tried at once.
 * Refuses with `webhook-not-found`, `delivery-not-found` or `idempotency-key-reused`.
 */
export async function redeliverWebhook(
  ctx: Pick<Context, 'db'>,
  request: RedeliverWebhookRequest,
): Promise<MessageInitShape<typeof RedeliverWebhookResponseSchema>> {
  const actor = actorOf(request);
  const { webhookId, deliveryId, idempotencyKey: key } = request;
  const once = { userId: actor.userId, operation: 'redeliver-webhook', key, body: { webhookId, deliveryId } };
  const answer = await answerKeyed(ctx, once, RedeliverWebhookResponseSchema, (record) =>
    ctx.db.transaction(async (tx) => {
      const webhook = await findOwnWebhook(tx, actor, webhookId, 'FOR UPDATE');
      if (!webhook) return refused(noWebhook);
      const wanted = [idToBinary(deliveryId), webhook.id];
      const select = `SELECT ${deliveryColumns} FROM webhook_deliveries WHERE id = ? AND webhook_id = ?`;
      const [before] = await tx.query<DeliveryRow>(`${select} FOR UPDATE`, wanted);
      if (!before) return refused(noDelivery);
      await tx.execute(
        `UPDATE webhook_deliveries SET status = 'PENDING', attempts = 0, next_attempt_at = UTC_TIMESTAMP(3), ended_at = NULL,
                expires_at = UTC_TIMESTAMP(3) + INTERVAL ${lifeHours} HOUR WHERE id = ? AND webhook_id = ?`,
        wanted,
      );
      await tx.execute('UPDATE webhooks SET not_before = NULL WHERE id = ?', [webhook.id]);
      const { status } = before;
      const change = { before: { status }, after: { status: 'PENDING' } };
      await recordAudit(tx, { actorId: actor.userId, action: 'webhook.redeliver', subject: deliveryId, ...change });
      const [after] = await tx.query<DeliveryRow>(select, wanted);
      if (!after) throw new Error('the delivery that was just written is not there');
      const due = create(RedeliverWebhookResponseSchema, { result: { case: 'delivery', value: toDelivery(after) } });
      await record(tx, due);
      return due;
    }),
  );
  return isRefusal(answer) ? { result: refusalResult(answer) } : answer;
}

function refused(refusal: Refusal): RedeliverWebhookResponse {
  return create(RedeliverWebhookResponseSchema, { result: refusalResult(refusal) });
}
