import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { actorOf } from '@ticketing/common/actor';
import { answerKeyed } from '@ticketing/common/answer-keyed';
import { recordAudit } from '@ticketing/common/audit';
import { idToBinary, isDuplicateKey, newId, type Queryable } from '@ticketing/common/database';
import { isRefusal, refusalResult, refuse } from '@ticketing/common/refusal';
import {
  type CreateWebhookRequest,
  type CreateWebhookResponse,
  CreateWebhookResponseSchema,
} from '@ticketing/contracts/gen/ticketing/concert/v1/webhooks_pb';
import { limits } from '@ticketing/contracts/limits';
import { webhookTypes } from '@ticketing/contracts/webhook-types';
import type { Context } from '../context.ts';
import { newSecret, shownSecret } from './sign-webhook.ts';
import { readTypes } from './webhook-store.ts';
import { objectionTo } from './webhook-url.ts';

const tries = 3;

/**
 * Names an address that gets the events of the actor's concerts, once for each Idempotency-Key, and shows the secret that they are signed with.
 * Refuses with `webhooks-off`, `webhook-url-refused`, `too-many-webhooks` or `idempotency-key-reused`.
 */
export async function createWebhook(
  ctx: Pick<Context, 'db' | 'config'>,
  request: CreateWebhookRequest,
): Promise<MessageInitShape<typeof CreateWebhookResponseSchema>> {
  const actor = actorOf(request);
  const { url, idempotencyKey: key } = request;
  const types = readTypes(request.types.length === 0 ? [...webhookTypes] : request.types);
  const once = { userId: actor.userId, operation: 'create-webhook', key, body: { url, types } };
  const answer = await answerKeyed(ctx, once, CreateWebhookResponseSchema, async (record) => {
    if (ctx.config.WEBHOOKS === 'off') return refused('webhooks-off', 'This shop sends no webhooks.');
    const objection = objectionTo(url, ctx.config.WEBHOOKS_TO_PRIVATE_ADDRESSES === 'on');
    if (objection !== undefined) return refused('webhook-url-refused', objection);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await ctx.db.transaction(async (tx) => {
          const created = await insertWebhook(tx, actor.userId, url, types);
          if (created.result.case === 'created') await record(tx, created);
          return created;
        });
      } catch (error) {
        // Somebody has taken the slot meanwhile, or the key has its answer already.
        if (!isDuplicateKey(error) || attempt >= tries) throw error;
      }
    }
  });
  return isRefusal(answer) ? { result: refusalResult(answer) } : answer;
}

function refused(code: string, detail: string): CreateWebhookResponse {
  return create(CreateWebhookResponseSchema, { result: refusalResult(refuse(code, detail)) });
}

async function insertWebhook(tx: Queryable, ownerId: string, url: string, types: string[]): Promise<CreateWebhookResponse> {
  const [id, secret, createdAt] = [newId(), newSecret(), new Date()];
  const rows = await tx.query<{ slot: number }>('SELECT slot FROM webhooks WHERE owner_id = ?', [idToBinary(ownerId)]);
  const taken = new Set(rows.map(({ slot }) => slot));
  const slot = Array.from({ length: limits.webhooks }, (_, index) => index).find((index) => !taken.has(index));
  if (slot === undefined) return refused('too-many-webhooks', `You have ${limits.webhooks} webhooks; delete one first.`);
  await tx.execute('INSERT INTO webhooks (id, owner_id, slot, url, types, secret, created_at) VALUES (?)', [
    [idToBinary(id), idToBinary(ownerId), slot, url, JSON.stringify(types), secret, createdAt],
  ]);
  // Paths and queries of such addresses are often secrets.
  const after = { host: new URL(url).host, types };
  await recordAudit(tx, { actorId: ownerId, action: 'webhook.create', subject: id, before: null, after });
  const webhook = { id, url, types, createdAt: timestampFromDate(createdAt) };
  return create(CreateWebhookResponseSchema, { result: { case: 'created', value: { webhook, secret: shownSecret(secret) } } });
}
