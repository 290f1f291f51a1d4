import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import { type Refusal, refuse } from '@ticketing/common/refusal';
import type { Actor } from '@ticketing/contracts/gen/ticketing/common/v1/actor_pb';
import type { DeliverySchema, WebhookSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/webhooks_pb';
import { type WebhookType, webhookTypes } from '@ticketing/contracts/webhook-types';
import { z } from 'zod';
import { isOpenTo } from '../access/owner.ts';

export const noWebhook: Refusal = refuse('webhook-not-found', 'There is no such webhook.');

const typeList = z.array(z.enum(webhookTypes));

/** The column `types`. MySQL returns JSON as a value, MariaDB as text. */
export function readTypes(column: unknown): WebhookType[] {
  return typeList.parse(typeof column === 'string' ? JSON.parse(column) : column);
}

export interface WebhookRow {
  id: Buffer;
  owner_id: Buffer;
  url: string;
  types: unknown;
  created_at: Date;
}

export const webhookColumns = 'id, owner_id, url, types, created_at';

export function toWebhook({ id, url, types, created_at: createdAt }: WebhookRow): MessageInitShape<typeof WebhookSchema> & { id: string } {
  return { id: idFromBinary(id), url, types: readTypes(types), createdAt: timestampFromDate(createdAt) };
}

/** A webhook of the actor, or for an operator any; one of somebody else is to others as if there were none. */
export async function findOwnWebhook(
  db: Queryable,
  actor: Actor,
  id: string,
  lock: '' | 'FOR UPDATE' = '',
): Promise<WebhookRow | undefined> {
  const [row] = await db.query<WebhookRow>(`SELECT ${webhookColumns} FROM webhooks WHERE id = ? ${lock}`, [idToBinary(id)]);
  return row && isOpenTo(actor, row.owner_id) ? row : undefined;
}

export interface DeliveryRow {
  id: Buffer;
  type: string;
  status: string;
  attempts: number;
  created_at: Date;
  next_attempt_at: Date;
  last_error: string | null;
}

export const deliveryColumns = 'id, type, status, attempts, created_at, next_attempt_at, last_error';

export function toDelivery(row: DeliveryRow): MessageInitShape<typeof DeliverySchema> & { id: string } {
  return {
    ...{ id: idFromBinary(row.id), type: row.type, status: row.status, attempts: row.attempts, lastError: row.last_error ?? '' },
    createdAt: timestampFromDate(row.created_at),
    ...(row.status === 'PENDING' && { nextAttemptAt: timestampFromDate(row.next_attempt_at) }),
  };
}
