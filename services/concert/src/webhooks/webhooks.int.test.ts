import { createHmac } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { create } from '@bufbuild/protobuf';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Database, idToBinary, newId } from '@ticketing/common/database';
import { pollUntil } from '@ticketing/common/poll-until';
import { withoutGuard, withPause } from '@ticketing/common/testing/without-guard';
import type { EventData } from '@ticketing/contracts/events';
import {
  CreateWebhookRequestSchema,
  DeleteWebhookRequestSchema,
  ListDeliveriesRequestSchema,
  ListWebhooksRequestSchema,
  RedeliverWebhookRequestSchema,
} from '@ticketing/contracts/gen/ticketing/concert/v1/webhooks_pb';
import type { Context } from '../context.ts';
import { addConcert, auditOf, createTestContext, newWord, operator, organiser, rival } from '../testing/test-catalogue.ts';
import { broken, closeReceivers, ok, receive } from '../testing/webhook-receiver.ts';
import { createWebhook } from './create-webhook.ts';
import { deleteWebhook } from './delete-webhook.ts';
import { deliverToWebhooks } from './deliver-events.ts';
import { listDeliveries } from './list-deliveries.ts';
import { listWebhooks } from './list-webhooks.ts';
import { createWebhookClient, type WebhookClient } from './post-webhook.ts';
import { redeliverWebhook } from './redeliver-webhook.ts';
import { createWebhookSender } from './send-webhooks.ts';

// The concert service of the stack sends too; whoever is first, the receiver sees the same.
let base: Context;
let ctx: Context;
let client: WebhookClient;
let concertId: string;
const made: [string, typeof organiser][] = [];
beforeAll(async () => {
  base = await createTestContext();
  ctx = { ...base, config: { ...base.config, WEBHOOKS: 'on', WEBHOOKS_TO_PRIVATE_ADDRESSES: 'on' } };
  client = createWebhookClient({ toPrivate: true });
});
beforeEach(async () => {
  concertId = await addConcert(ctx, { title: newWord(), artist: newWord() });
});
afterEach(async () => {
  for (const [webhookId, actor] of made.splice(0)) await deleteWebhook(ctx, create(DeleteWebhookRequestSchema, { actor, webhookId }));
  await closeReceivers();
});
afterAll(async () => {
  await client.close();
  await base.stop();
});

async function addWebhook(url: string, { actor = organiser, types = [] as string[], key = '', at = ctx } = {}) {
  const { result } = await createWebhook(at, create(CreateWebhookRequestSchema, { actor, url, types, idempotencyKey: key }));
  if (result?.case !== 'created') return { code: result?.value?.code ?? '', id: '', secret: '' };
  const id = result.value.webhook?.id ?? '';
  if (!made.some(([known]) => known === id)) made.push([id, actor]);
  return { code: '', id, secret: result.value.secret ?? '' };
}

const confirmation = (of = concertId): EventData<'reservation.confirmed'> => ({
  ...{ reservationId: newId(), performanceId: newId(), concertId: of, userId: newId(), seatIds: [newId()], amount: 90_000 },
  paymentId: newId(),
});

/** Hands events to the service as its sidecar would. */
async function happen(data: EventData<'reservation.confirmed'>[], { ids = data.map(() => newId()), type = 'reservation.confirmed' } = {}) {
  const handler = deliverToWebhooks(ctx).find((one) => one.type === type);
  await handler?.handle(data.map((one, index) => ({ id: ids[index] ?? '', data: one })));
}

async function deliveries(webhookId: string, status = '') {
  const request = create(ListDeliveriesRequestSchema, { actor: organiser, webhookId, status, limit: 100 });
  const { result } = await listDeliveries(ctx, request);
  return (result?.case === 'page' && result.value.items) || [];
}

/** Lets what waits be due now, and an endpoint's rest and lease be over. */
async function hurry(webhookId: string): Promise<void> {
  const id = [idToBinary(webhookId)];
  await ctx.db.execute("UPDATE webhook_deliveries SET next_attempt_at = UTC_TIMESTAMP(3) WHERE webhook_id = ? AND status = 'PENDING'", id);
  await ctx.db.execute('UPDATE webhooks SET not_before = NULL WHERE id = ?', id);
}

async function turn(db: Database = ctx.db): Promise<void> {
  const sender = createWebhookSender({ db, client, log: ctx.log });
  await sender.turn();
  await sender.idle();
}

async function until(what: string, look: () => Promise<boolean> | boolean): Promise<void> {
  const done = await pollUntil(async () => {
    await turn();
    return (await look()) ? true : undefined;
  }, 30_000);
  if (!done) throw new Error(`waited in vain: ${what}`);
}

describe('a webhook', () => {
  it('gets each event of its owner’s concerts once, signed, and nothing of others', async () => {
    const [mine, theirs] = [await receive(), await receive()];
    const { id, secret } = await addWebhook(mine.url);
    await addWebhook(theirs.url, { actor: rival });
    const [event, eventId] = [confirmation(), newId()];
    await Promise.all([1, 2].map(() => happen([event], { ids: [eventId] })));
    await happen([confirmation(newId())]);
    await until('the delivery', async () => (await deliveries(id, 'DELIVERED')).length === 1);
    await turn();
    expect(theirs.received).toEqual([]);
    expect(mine.received).toHaveLength(1);
    const { headers, body } = mine.received[0]!;
    expect(JSON.parse(body)).toEqual({ type: 'reservation.confirmed', timestamp: expect.any(String), data: event });
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
    expect(Math.abs(Number(headers['webhook-timestamp']) * 1_000 - Date.now())).toBeLessThan(300_000);
    expect((await deliveries(id))[0]).toMatchObject({ id: headers['webhook-id'], attempts: 1, lastError: '' });
  });

  it('gets the types that it wants', async () => {
    const receiver = await receive();
    const { id } = await addWebhook(receiver.url, { types: ['reservation.refunded'] });
    await happen([confirmation()]);
    await happen([confirmation()], { type: 'reservation.refunded' });
    expect((await deliveries(id)).map(({ type }) => type)).toEqual(['reservation.refunded']);
  });

  it('is tried again under the same id while it fails, and when it is down', async () => {
    const receiver = await receive(broken);
    const { id } = await addWebhook(receiver.url);
    await happen([confirmation()]);
    await until('a failed attempt', async () => ((await deliveries(id))[0]?.attempts ?? 0) > 0);
    const [failed] = await deliveries(id);
    expect(failed).toMatchObject({ status: 'PENDING', lastError: 'It answers 500.' });
    await receiver.goDown();
    await hurry(id);
    await until('a refused connection', async () => (await deliveries(id))[0]?.lastError === 'It refuses connections.');
    receiver.answer = ok;
    await receiver.comeBack();
    await hurry(id);
    await until('the delivery', async () => (await deliveries(id, 'DELIVERED')).length === 1);
    expect(new Set(receiver.received.map((one) => one.id))).toEqual(new Set([failed?.id]));
  });

  it('that fails is left alone for a while, whatever else is due for it', async () => {
    const receiver = await receive(broken);
    const { id } = await addWebhook(receiver.url);
    await happen(Array.from({ length: 5 }, () => confirmation()));
    await until('a failed attempt', () => receiver.received.length > 0);
    await ctx.db.execute('UPDATE webhooks SET not_before = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR WHERE id = ?', [idToBinary(id)]);
    await until('the lease is given back', async () => {
      const [row] = await ctx.db.query<{ lease: Buffer | null }>('SELECT lease_token AS lease FROM webhooks WHERE id = ?', [
        idToBinary(id),
      ]);
      return row?.lease === null;
    });
    const before = receiver.received.length;
    await turn();
    await turn();
    expect(receiver.received).toHaveLength(before);
  });

  it('that does not answer holds up no other', async () => {
    const [slow, quick] = [await receive(() => undefined), await receive()];
    await addWebhook(slow.url);
    const { id } = await addWebhook(quick.url);
    const sender = createWebhookSender({ db: ctx.db, client, log: ctx.log });
    await happen([confirmation(), confirmation()]);
    await pollUntil(async () => {
      await sender.turn();
      return (await deliveries(id, 'DELIVERED')).length === 2 ? true : undefined;
    }, 9_000);
    expect(await deliveries(id, 'DELIVERED')).toHaveLength(2);
    expect(slow.received).toHaveLength(1);
    await slow.goDown();
    await sender.idle();
  });

  it('is dead to an event after a day, and gets it again by hand under the same id', async () => {
    const receiver = await receive(broken);
    const { id } = await addWebhook(receiver.url);
    await happen([confirmation(), confirmation()]);
    await ctx.db.execute('UPDATE webhook_deliveries SET expires_at = UTC_TIMESTAMP(3) WHERE webhook_id = ?', [idToBinary(id)]);
    await hurry(id);
    await until('the end of both', async () => (await deliveries(id, 'DEAD')).length === 2);
    receiver.answer = ok;
    const deliveryId = receiver.received[0]!.id;
    const before = receiver.of(deliveryId);
    const request = { actor: organiser, webhookId: id, deliveryId, idempotencyKey: newId() };
    const again = () => redeliverWebhook(ctx, create(RedeliverWebhookRequestSchema, request));
    for (const { result } of [await again(), await again()])
      expect(result).toMatchObject({ case: 'delivery', value: { status: 'PENDING' } });
    await until('the delivery', async () => (await deliveries(id, 'DELIVERED')).length === 1);
    expect(receiver.of(deliveryId)).toBe(before + 1);
    expect(await deliveries(id, 'DEAD')).toHaveLength(1);
    expect((await auditOf(ctx, deliveryId)).map(({ action }) => action)).toEqual(['webhook.redeliver']);
  });

  it('is sent to by one sender at a time', async () => {
    const receiver = await receive();
    const { id } = await addWebhook(receiver.url);
    await happen(Array.from({ length: 30 }, () => confirmation()));
    await until('all of them', async () => {
      await Promise.all([turn(), turn(), turn()]);
      return (await deliveries(id, 'PENDING')).length === 0;
    });
    expect(receiver.received.map((one) => one.id).sort()).toEqual([...new Set(receiver.received.map((one) => one.id))].sort());
    expect(receiver.received).toHaveLength(30);
  });

  it('would be sent to twice without a lease', async () => {
    const held: ServerResponse[] = [];
    // Answers when the same has come twice.
    const receiver = await receive((response) => {
      held.push(response);
      if (held.length === 2) for (const one of held) one.writeHead(200).end();
    });
    await addWebhook(receiver.url);
    await happen([confirmation()]);
    const free = '(lease_until IS NULL OR lease_until <= UTC_TIMESTAMP(3)) AND';
    const careless = withoutGuard(withoutGuard(ctx.db, free, ''), 'FOR UPDATE SKIP LOCKED', '');
    const sending = [turn(careless)];
    await pollUntil(() => Promise.resolve(receiver.received.length > 0 ? true : undefined), 10_000);
    sending.push(turn(careless));
    await Promise.all(sending);
    expect(receiver.of(receiver.received[0]!.id)).toBe(2);
  });

  it('gets an event twice at the most, under one id, when a sender dies before it notes the first time', async () => {
    const receiver = await receive();
    const { id } = await addWebhook(receiver.url);
    await ctx.db.execute('UPDATE webhooks SET not_before = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR WHERE id = ?', [idToBinary(id)]);
    await happen([confirmation()]);
    const dying = withPause(
      withoutGuard(ctx.db, '(not_before IS NULL OR not_before <= UTC_TIMESTAMP(3))', 'TRUE'),
      "SET status = 'DELIVERED'",
      () => Promise.reject(new Error('the process dies here')),
    );
    await turn(dying);
    expect(receiver.received).toHaveLength(1);
    await hurry(id);
    await turn();
    // Nobody takes it from the dead while the lease lasts.
    expect(receiver.received).toHaveLength(1);
    await ctx.db.execute('UPDATE webhooks SET lease_until = UTC_TIMESTAMP(3) WHERE id = ?', [idToBinary(id)]);
    await until('the delivery', async () => (await deliveries(id, 'DELIVERED')).length === 1);
    expect(receiver.received.map((one) => one.id)).toEqual([receiver.received[0]!.id, receiver.received[0]!.id]);
  });
});

describe('webhooks', () => {
  const shownTo = async (actor: typeof organiser) => {
    const { result } = await listWebhooks(ctx, create(ListWebhooksRequestSchema, { actor, limit: 100 }));
    return (result?.case === 'page' && result.value.items?.map(({ id }) => id)) || [];
  };

  it('are their owner’s and for operators; to others they are not there', async () => {
    const { url } = await receive();
    const { id } = await addWebhook(url);
    await happen([confirmation()]);
    const [{ id: deliveryId = '' } = {}] = await deliveries(id);
    expect([(await shownTo(organiser)).includes(id), (await shownTo(operator)).includes(id), (await shownTo(rival)).includes(id)]).toEqual([
      ...[true, true, false],
    ]);
    const asked = { actor: rival, webhookId: id };
    const list = await listDeliveries(ctx, create(ListDeliveriesRequestSchema, { ...asked, limit: 10 }));
    const redelivery = await redeliverWebhook(ctx, create(RedeliverWebhookRequestSchema, { ...asked, deliveryId }));
    const deletion = await deleteWebhook(ctx, create(DeleteWebhookRequestSchema, asked));
    expect([list.result?.value, redelivery.result?.value, deletion.refusal]).toMatchObject(
      [1, 2, 3].map(() => ({ code: 'webhook-not-found' })),
    );
    expect((await auditOf(ctx, id)).map(({ action }) => action)).toEqual(['webhook.create']);
    const other = await redeliverWebhook(ctx, create(RedeliverWebhookRequestSchema, { ...asked, actor: organiser, deliveryId: newId() }));
    expect(other.result).toMatchObject({ case: 'refusal', value: { code: 'delivery-not-found' } });
  });

  it('are named once for a key, and neither their secrets nor their paths are in the audit', async () => {
    const key = newId();
    const actor = { ...organiser, userId: newId() };
    const [first, again] = await Promise.all([1, 2].map(() => addWebhook('http://127.0.0.1:65000/a-secret-path', { actor, key })));
    expect(again).toEqual(first);
    expect(await shownTo(actor)).toEqual([first?.id]);
    expect(first?.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const entries = JSON.stringify(await auditOf(ctx, first?.id ?? ''));
    expect(entries).toContain('127.0.0.1:65000');
    expect(entries).not.toContain('a-secret-path');
    expect(entries).not.toContain(first?.secret.slice(6, 20));
  });

  it('are ten at the most, however many are named at once', async () => {
    const actor = { ...organiser, userId: newId() };
    const answers = await Promise.all(
      Array.from({ length: 14 }, () =>
        addWebhook('http://127.0.0.1:65000/', { actor }).catch(() => ({ code: 'again', id: '', secret: '' })),
      ),
    );
    for (let count = answers.filter(({ code }) => code === '').length; count < 10; count += 1) {
      expect((await addWebhook('http://127.0.0.1:65000/', { actor })).code).toBe('');
    }
    expect((await addWebhook('http://127.0.0.1:65000/', { actor })).code).toBe('too-many-webhooks');
    expect(await shownTo(actor)).toHaveLength(10);
  });

  it('lead to no private address without the setting, and nowhere when they are off', async () => {
    const { url } = await receive();
    const at = (config: Partial<Context['config']>): Context => ({ ...ctx, config: { ...ctx.config, ...config } });
    expect((await addWebhook(url, { at: at({ WEBHOOKS_TO_PRIVATE_ADDRESSES: 'off' }) })).code).toBe('webhook-url-refused');
    expect((await addWebhook('https://10.0.0.1/', { at: at({ WEBHOOKS_TO_PRIVATE_ADDRESSES: 'off' }) })).code).toBe('webhook-url-refused');
    expect((await addWebhook(url, { at: at({ WEBHOOKS: 'off' }) })).code).toBe('webhooks-off');
    expect(await shownTo(rival)).toEqual([]);
  });
});
