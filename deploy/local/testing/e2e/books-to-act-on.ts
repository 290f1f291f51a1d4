import { Sidecar } from '@ticketing/common/dapr';
import { newId } from '@ticketing/common/database';
import { changeBooks, sqlId, type TestShop } from './test-shop.ts';

/** A letter that waits for an operator. @returns its id */
export async function parkLetter(shop: TestShop): Promise<string> {
  const [id, eventId] = [newId(), newId()];
  const event = JSON.stringify({ id: eventId, type: 'nothing.happened', data: {} });
  await changeBooks(
    shop,
    'concert',
    `INSERT INTO dead_letters (id, service, topic, event_id, type, event, headers, error, attempts)
     VALUES (${sqlId(id)}, 'concert', 'performances', '${eventId}', 'nothing.happened', '${event}', '{}', 'made by a test', 1)`,
  );
  return id;
}

/** A delivery that was given up, to a webhook of nobody. */
export async function giveUpDelivery(shop: TestShop, receiver: string): Promise<{ webhook: string; id: string }> {
  const [webhook, id] = [newId(), newId()];
  const now = 'UTC_TIMESTAMP(3)';
  await changeBooks(
    shop,
    'concert',
    `INSERT INTO webhooks (id, owner_id, slot, url, types, secret) VALUES (${sqlId(webhook)}, ${sqlId(newId())}, 0, '${receiver}', '[]', 'x')`,
  );
  await changeBooks(
    shop,
    'concert',
    `INSERT INTO webhook_deliveries (id, webhook_id, event_id, type, body, status, next_attempt_at, expires_at)
     VALUES (${sqlId(id)}, ${sqlId(webhook)}, ${sqlId(newId())}, 'reservation.refunded', '{}', 'DEAD', ${now}, ${now})`,
  );
  return { webhook, id };
}

/** Takes the room of a concert out of the state store. */
export async function loseRoom(shop: TestShop, concertId: string): Promise<void> {
  const queue = shop.stack.instances.find(({ service }) => service === 'queue');
  const sidecar = new Sidecar({ httpPort: queue?.daprHttpPort ?? 0, apiToken: shop.stack.daprApiToken });
  await sidecar.deleteState(`room:${concertId}`);
  await sidecar.close();
}
