import type { Database } from '@ticketing/common/database';
import type { Logger } from '@ticketing/common/log';
import { createCounter } from '@ticketing/common/telemetry';
import { restSeconds, waitSeconds } from './next-attempt.ts';
import type { WebhookClient } from './post-webhook.ts';
import { signWebhook } from './sign-webhook.ts';
import {
  type DueDelivery,
  dueDeliveries,
  type LeasedWebhook,
  leaseWebhooks,
  noteDelivered,
  noteFailed,
  releaseWebhook,
} from './webhook-leases.ts';

const attempts = createCounter('ticketing_webhook_attempts_total', 'Attempts to deliver to webhooks, by outcome');
const dead = createCounter('ticketing_webhook_deliveries_dead_total', 'Deliveries to webhooks that were given up after a day');

interface Sending {
  db: Database;
  client: WebhookClient;
  log: Pick<Logger, 'warn'>;
}

export interface WebhookSender {
  /** Begins to send what is due. It waits for none of it, so that a slow endpoint holds up no other. */
  turn: () => Promise<void>;
  /** Resolves when nothing is being sent any more. */
  idle: () => Promise<void>;
  /** Lets the requests that are out end, and begins no more. */
  stop: () => Promise<void>;
}

// As many endpoints at a time in an instance, each with one request at a time: order matters more there than speed.
const mostAtOnce = 64;
const deliveriesPerRead = 50;

export function createWebhookSender(sending: Sending): WebhookSender {
  const underWay = new Set<Promise<void>>();
  const state = { isStopping: false };
  const idle = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.all(underWay);
  };
  for (const outcome of ['delivered', 'failed']) attempts.add(0, { outcome });
  dead.add(0);
  return {
    turn: async () => {
      const free = mostAtOnce - underWay.size;
      if (free <= 0) return;
      for (const webhook of await leaseWebhooks(sending.db, free)) {
        const work = sendAll(sending, webhook, state)
          .catch((error: unknown) => sending.log.warn({ err: error }, 'a webhook was left in the middle; its lease runs out'))
          .finally(() => underWay.delete(work));
        underWay.add(work);
      }
    },
    idle,
    stop: () => {
      state.isStopping = true;
      return idle();
    },
  };
}

/** Sends what is due for one webhook, one after the other, until one fails or the time is over. */
async function sendAll({ db, client }: Sending, webhook: LeasedWebhook, state: { isStopping: boolean }): Promise<void> {
  let isWell = true;
  const goesOn = (): boolean => isWell && !state.isStopping && performance.now() < webhook.until;
  while (goesOn()) {
    const due = await dueDeliveries(db, webhook, deliveriesPerRead);
    for (const delivery of due) if (goesOn()) isWell = await sendOne(db, client, webhook, delivery);
    if (due.length < deliveriesPerRead) break;
  }
  await releaseWebhook(db, webhook, isWell);
}

/** @returns whether it was taken */
async function sendOne(db: Database, client: WebhookClient, webhook: LeasedWebhook, delivery: DueDelivery): Promise<boolean> {
  const { id, body } = delivery;
  const headers = signWebhook(webhook.secret, { id, seconds: Math.floor(Date.now() / 1_000), body });
  const attempt = await client.post(webhook.url, headers, body);
  attempts.add(1, { outcome: attempt.taken ? 'delivered' : 'failed' });
  if (attempt.taken) {
    await noteDelivered(db, webhook, delivery);
    return true;
  }
  const waits = {
    waitSeconds: waitSeconds(delivery.attempts + 1, Math.random()),
    restSeconds: restSeconds(webhook.failures + 1, Math.random()),
  };
  dead.add(await noteFailed(db, webhook, delivery, { error: attempt.error, ...waits }));
  return false;
}

/** Removes what ended two weeks ago, a thousand at a time. */
export async function forgetDeliveries(db: Pick<Database, 'execute'>): Promise<void> {
  while ((await db.execute('DELETE FROM webhook_deliveries WHERE ended_at < UTC_TIMESTAMP(3) - INTERVAL 14 DAY LIMIT 1000')) === 1_000);
}
