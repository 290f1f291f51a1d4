import { idFromBinary, idToBinary, newId, type Queryable, timeOfId } from '@ticketing/common/database';
import { once } from '@ticketing/common/inbox';
import type { EventData } from '@ticketing/contracts/events';
import { type WebhookType, webhookTypes } from '@ticketing/contracts/webhook-types';
import type { Context } from '../context.ts';
import { readTypes } from './webhook-store.ts';

/** How long a delivery is tried. */
export const lifeHours = 24;

/** Handlers that write down what goes to which webhook; the sender does the rest. */
export function deliverToWebhooks({ db }: Pick<Context, 'db'>) {
  return webhookTypes.map((type) => once(db, type, (tx, events, ids) => deliver(tx, type, events, ids)));
}

/** Writes one delivery for each event and each webhook of the owner of its concert that wants it. */
async function deliver<T extends WebhookType>(tx: Queryable, type: T, events: EventData<T>[], ids: string[]): Promise<void> {
  const webhooks = await webhooksByConcert(tx, type, [...new Set(events.map(({ concertId }) => concertId))]);
  const rows = events.flatMap((event, index) =>
    (webhooks.get(event.concertId.toLowerCase()) ?? []).map((webhookId) => ({ webhookId, eventId: ids[index] ?? '', event })),
  );
  if (rows.length === 0) return;
  await tx.execute(
    `INSERT IGNORE INTO webhook_deliveries (id, webhook_id, event_id, type, body, next_attempt_at, expires_at) VALUES
     ${rows.map(() => `(?, ?, ?, ?, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL ${lifeHours} HOUR)`).join(', ')}`,
    rows.flatMap(({ webhookId, eventId, event }) => {
      const body = JSON.stringify({ type, timestamp: timeOfId(eventId).toISOString(), data: event });
      return [idToBinary(newId()), webhookId, idToBinary(eventId), type, body];
    }),
  );
}

async function webhooksByConcert(tx: Queryable, type: WebhookType, concertIds: string[]): Promise<Map<string, Buffer[]>> {
  const rows = await tx.query<{ concert_id: Buffer; id: Buffer; types: unknown }>(
    'SELECT c.id AS concert_id, w.id, w.types FROM concerts c JOIN webhooks w ON w.owner_id = c.owner_id WHERE c.id IN (?)',
    [concertIds.map(idToBinary)],
  );
  const found = new Map<string, Buffer[]>();
  for (const { concert_id: concertId, id, types } of rows) {
    if (!readTypes(types).includes(type)) continue;
    const concert = idFromBinary(concertId);
    found.set(concert, [...(found.get(concert) ?? []), id]);
  }
  return found;
}
