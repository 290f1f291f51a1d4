import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

const createdAt = timestampFromDate(new Date('2031-01-01T00:00:00Z'));
const types = ['reservation.confirmed'];
const webhook = { id: ids.room, url: 'https://crm.example.org/hook', types, createdAt };
const delivery = {
  id: ids.seat,
  type: 'reservation.confirmed',
  status: 'PENDING',
  attempts: 1,
  createdAt,
  nextAttemptAt: createdAt,
  lastError: 'It answers 500.',
};
const shown = { id: ids.room, url: webhook.url, types, createdAt: '2031-01-01T00:00:00.000Z' };
const shownDelivery = { ...delivery, createdAt: shown.createdAt, nextAttemptAt: shown.createdAt };
const absent = { code: 'webhook-not-found', detail: 'There is no such webhook.' };
const refusal = { result: { case: 'refusal' as const, value: absent } };

const asked: unknown[] = [];
let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({
    webhooks: {
      createWebhook: ({ actor, url, types: wanted, idempotencyKey }) => {
        asked.push([actor?.userId, actor?.operator, url, wanted, idempotencyKey]);
        if (url.includes('10.0.0.1')) {
          return { result: { case: 'refusal', value: { code: 'webhook-url-refused', detail: 'Its address is not public.' } } };
        }
        return { result: { case: 'created', value: { webhook, secret: 'whsec_AAAA' } } };
      },
      listWebhooks: () => ({ result: { case: 'page', value: { items: [webhook], nextCursor: '' } } }),
      deleteWebhook: ({ actor }) => (actor?.userId === ids.fan ? {} : { refusal: absent }),
      listDeliveries: ({ actor }) =>
        actor?.userId === ids.fan ? { result: { case: 'page', value: { items: [delivery], nextCursor: 'next' } } } : refusal,
      redeliverWebhook: ({ actor }) => (actor?.userId === ids.fan ? { result: { case: 'delivery', value: delivery } } : refusal),
    },
  });
});
beforeEach(() => {
  asked.length = 0;
});
afterAll(() => gateway.stop());

async function send(
  method: string,
  path: string,
  { body, roles = ['organiser'], userId = ids.fan }: { body?: unknown; roles?: string[]; userId?: string } = {},
) {
  const response = await fetch(`${gateway.url}/api/v1/admin/webhooks${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await gateway.accessToken(userId, roles)}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': 'once' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

const one = `/${ids.room}`;
const redelivery = `${one}/deliveries/${ids.seat}/redeliver`;

describe.each([
  ['POST', '', { url: 'https://crm.example.org/hook' }],
  ['GET', '', undefined],
  ['DELETE', one, undefined],
  ['GET', `${one}/deliveries`, undefined],
  ['POST', redelivery, {}],
])('%s /admin/webhooks%s', (method, path, body) => {
  it('needs a token of an organiser or operator', async () => {
    expect((await fetch(`${gateway.url}/api/v1/admin/webhooks${path}`, { method })).status).toBe(401);
    expect(await send(method, path, { body, roles: ['fan'] })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });

  it('is not there for another organiser', async () => {
    if (path === '') return;
    expect(await send(method, path, { body, userId: ids.stranger })).toMatchObject({ status: 404, body: { code: 'webhook-not-found' } });
  });
});

describe('webhooks', () => {
  it('are named, and their secret is shown', async () => {
    const created = await send('POST', '', { body: { url: webhook.url, types }, roles: ['operator'] });
    expect(created).toEqual({ status: 201, body: { ...shown, secret: 'whsec_AAAA' } });
    expect(asked).toEqual([[ids.fan, true, webhook.url, types, 'once']]);
  });

  it('are listed without it, deleted, and their deliveries shown and sent again', async () => {
    expect(await send('GET', '')).toEqual({ status: 200, body: { items: [shown], nextCursor: null } });
    expect(await send('DELETE', one)).toEqual({ status: 204, body: undefined });
    expect(await send('GET', `${one}/deliveries?status=PENDING`)).toEqual({
      status: 200,
      body: { items: [shownDelivery], nextCursor: 'next' },
    });
    expect(await send('POST', redelivery, { body: {} })).toEqual({ status: 202, body: shownDelivery });
  });

  it.each([
    [{}],
    [{ url: 'not a url' }],
    [{ url: 'ftp://example.org/' }],
    [{ url: `https://example.org/${'a'.repeat(2_048)}` }],
    [{ url: 'https://example.org/', types: [] }],
    [{ url: 'https://example.org/', types: ['user.registered'] }],
    [{ url: 'https://example.org/', types: [...types, ...types] }],
    [{ url: 'https://example.org/', secret: 'mine' }],
  ])('are not made of %j', async (body) => {
    expect(await send('POST', '', { body })).toMatchObject({ status: 422, body: { code: 'invalid-request' } });
    expect(asked).toEqual([]);
  });

  it('say what is wrong with an address', async () => {
    expect(await send('POST', '', { body: { url: 'https://10.0.0.1/' } })).toMatchObject({
      status: 422,
      body: { code: 'webhook-url-refused', errors: [{ path: 'url', message: 'Its address is not public.' }] },
    });
  });

  it.each([`/not-an-id`, `/not-an-id/deliveries`])('at %s are none', async (path) => {
    expect(await send(path.includes('deliveries') ? 'GET' : 'DELETE', path)).toMatchObject({
      status: 404,
      body: { code: 'webhook-not-found' },
    });
  });
});
