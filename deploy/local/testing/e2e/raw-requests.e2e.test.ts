import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Sidecar } from '@ticketing/common/dapr';
import { newId } from '@ticketing/common/database';
import { answerBytesHeader } from '@ticketing/common/rpc-client';
import type { Buyer } from '../../client/buyer.ts';
import { newBuyer, openTestShop, type TestShop, walletOf } from './test-shop.ts';

let shop: TestShop;
let buyer: Buyer;

beforeAll(async () => {
  shop = await openTestShop();
});
beforeEach(async () => {
  buyer = await newBuyer(shop, 0);
});
afterAll(() => shop.close());

const body = '{"amount":1000}';

/** Writes bytes that no HTTP client would, and returns all that comes back until the other side hangs up. */
async function sendBytes(text: string): Promise<string> {
  const { hostname, port } = new URL(shop.stack.gatewayUrl);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => socket.destroy());
  socket.write(Buffer.from(text, 'latin1'));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

function charge(headers: string, content = body): string {
  const lines = [
    'POST /api/v1/points/charges HTTP/1.1',
    'Host: gateway',
    'Connection: close',
    'Content-Type: application/json',
    `Authorization: Bearer ${buyer.token}`,
  ];
  return `${lines.join('\r\n')}\r\n${headers}\r\n\r\n${content}`;
}
const length = `Content-Length: ${body.length}`;

describe('requests that break the rules of HTTP', () => {
  it('reach the shop when they are right', async () => {
    expect(await sendBytes(charge(`Idempotency-Key: fine\r\n${length}`))).toMatch(/^HTTP\/1\.1 201 /);
    expect((await walletOf(shop, buyer)).balance).toBe(1_000);
  });

  it.each<[string, string]>([
    ['NUL in a header', `Idempotency-Key: a\0b\r\n${length}`],
    ['a lone line feed in a header', `Idempotency-Key: a\nb\r\n${length}`],
    ['a lone carriage return in a header', `Idempotency-Key: a\rX-Roles: operator\r\n${length}`],
    ['bytes beyond ASCII in the key', `Idempotency-Key: k\u00e9y\r\n${length}`],
    ['two lengths', `Idempotency-Key: k\r\n${length}\r\nContent-Length: 3`],
    ['a length and chunks', `Idempotency-Key: k\r\n${length}\r\nTransfer-Encoding: chunked`],
    ['a negative length', 'Idempotency-Key: k\r\nContent-Length: -5'],
    ['more headers than anybody needs', `Idempotency-Key: k\r\n${`X-Filler: ${'x'.repeat(1_000)}\r\n`.repeat(40)}${length}`],
  ])('with %s are refused and do nothing', async (_what, headers) => {
    expect(await sendBytes(charge(headers))).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect((await walletOf(shop, buyer)).balance).toBe(0);
  });

  it('can add a header by CR LF only to themselves: it means nothing', async () => {
    const answer = await sendBytes(
      charge(`Idempotency-Key: k\r\nX-User-Id: somebody\r\nX-Roles: operator\r\nDapr-App-Id: user\r\n${length}`),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
    expect(answer).not.toMatch(/x-roles|x-user-id/i);
    const { token } = buyer;
    const forged = { 'x-roles': 'operator', 'x-user-id': 'somebody', 'x-forwarded-for': '127.0.0.1', 'x-http-method-override': 'PUT' };
    const answers = await shop.api.send('GET', '/admin/settings/hold.minutes', { token, headers: forged });
    expect(answers.status).toBe(403);
  });

  it('that end before their body do nothing', async () => {
    const { hostname, port } = new URL(shop.stack.gatewayUrl);
    const socket = connect(Number(port), hostname);
    socket.end(charge('Idempotency-Key: k\r\nContent-Length: 5000'));
    socket.resume();
    await once(socket, 'close');
    expect(await walletOf(shop, buyer)).toEqual({ balance: 0, reserved: 0 });
  });
});

describe('an answer to an internal call', () => {
  it('comes through two sidecars with its length, by which one that was cut off is known', async () => {
    const gateway = shop.stack.instances.find(({ service }) => service === 'gateway');
    const sidecar = new Sidecar({ httpPort: gateway?.daprHttpPort ?? 0, apiToken: shop.stack.daprApiToken });
    const reply = await sidecar.request('POST', '/ticketing.queue.v1.QueueService/GetRoom', {
      body: JSON.stringify({ concertId: newId() }),
      headers: { 'dapr-app-id': 'queue', 'content-type': 'application/json' },
    });
    await sidecar.close();
    expect(reply.body.length).toBeGreaterThan(0);
    expect([reply.status, reply.headers[answerBytesHeader]]).toEqual([200, String(reply.body.length)]);
  });
});
