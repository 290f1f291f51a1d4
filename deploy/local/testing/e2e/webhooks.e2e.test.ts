import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { logIn } from '../../client/buyer.ts';
import { paymentShape } from '../../client/shapes.ts';
import { expectRefusal } from './refusals.ts';
import { eventually, holdFor, newOrganiser, newVisitor, openSale, openTestShop, seatIdsOf, type TestShop } from './test-shop.ts';

const created = z.object({ id: z.uuid(), secret: z.string() });
const page = z.object({ items: z.array(z.object({ id: z.uuid(), type: z.string(), status: z.string(), attempts: z.number() })) });
const message = z.object({ type: z.string(), timestamp: z.iso.datetime(), data: z.looseObject({ concertId: z.uuid() }) });

const received: { headers: IncomingHttpHeaders; body: string }[] = [];
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.writeHead(204).end();
  });
});

let shop: TestShop;
let url: string;
beforeAll(async () => {
  shop = await openTestShop();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/hook`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await shop.close();
});

describe('a webhook', () => {
  it('is told of what is sold of its owner’s concerts, signed', async () => {
    // Whose the sales of tests are.
    const { token } = await logIn(shop.api, 'organiser@example.com');
    const { id, secret } = await shop.api.call(created, 'POST', '/admin/webhooks', { token, body: { url } });
    const sale = await openSale(shop, 2);
    const visitor = await newVisitor(shop, sale, 200_000);
    const payment = paymentShape.parse(
      (await visitor.pay(await holdFor(visitor, sale, (await seatIdsOf(sale, visitor)).slice(0, 1)))).body,
    );
    const told = () =>
      received.map((one) => ({ ...one, ...message.parse(JSON.parse(one.body)) })).filter(({ data }) => data.concertId === sale.concertId);
    const [scheduled, confirmed] = await eventually('both events', () => Promise.resolve(told().length >= 2 ? told() : undefined));
    expect([scheduled?.type, confirmed?.type]).toEqual(['performance.scheduled', 'reservation.confirmed']);
    expect(confirmed?.data).toMatchObject({ paymentId: payment.id, performanceId: sale.performanceId, amount: sale.price });
    const { headers, body } = confirmed!;
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
    const deliveries = `/admin/webhooks/${id}/deliveries`;
    const delivered = await eventually('the note of it', async () => {
      const { items } = await shop.api.call(page, 'GET', `${deliveries}?status=DELIVERED&limit=100`, { token });
      return items.find((item) => item.id === headers['webhook-id']);
    });
    expect((await shop.api.send('POST', `${deliveries}/${delivered.id}/redeliver`, { token })).status).toBe(202);
    await eventually('it again', () =>
      Promise.resolve(told().filter((one) => one.headers['webhook-id'] === delivered.id).length === 2 || undefined),
    );
    expect((await shop.api.send('DELETE', `/admin/webhooks/${id}`, { token })).status).toBe(204);
  });

  it('is not there for others', async () => {
    const [owner, stranger] = [await newOrganiser(shop), await newOrganiser(shop)];
    const fan = await newVisitor(shop, await openSale(shop, 1), 0);
    const { id } = await shop.api.call(created, 'POST', '/admin/webhooks', { token: owner.token, body: { url } });
    const requests: ['GET' | 'POST' | 'DELETE', string][] = [
      ['GET', `/admin/webhooks/${id}/deliveries`],
      ['POST', `/admin/webhooks/${id}/deliveries/${id}/redeliver`],
      ['DELETE', `/admin/webhooks/${id}`],
    ];
    for (const [method, path] of requests) {
      expectRefusal(await shop.api.send(method, path, { token: stranger.token }), 404, 'webhook-not-found');
      expectRefusal(await shop.api.send(method, path, { token: fan.token }), 403, 'forbidden');
      expectRefusal(await shop.api.send(method, path), 401, 'unauthenticated');
    }
    expect((await shop.api.send('DELETE', `/admin/webhooks/${id}`, { token: owner.token })).status).toBe(204);
  });
});
