import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readMetric } from '../../client/read-metric.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import { admit, eventually, newBuyer, openSale, openTestShop, type TestShop, tally, type Visitor } from './test-shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

const nameOf = { place: 'the place in a waiting room', seats: 'the seats of a performance' } as const;

describe('clients that open streams and leave at once', () => {
  let sale: Sale;
  let visitor: Visitor;
  beforeAll(async () => {
    sale = await openSale(shop, 4);
    visitor = await admit(await newBuyer(shop, 0), sale);
  });

  function ask(path: string): Socket {
    const { hostname, port } = new URL(shop.stack.gatewayUrl);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    const head = ['Host: gateway', `Authorization: Bearer ${visitor.token}`, `X-Queue-Pass: ${visitor.pass}`];
    socket.write(`GET /api/v1${path} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`);
    return socket;
  }

  it.each(['place', 'seats'] as const)('keep none of %s', async (kind) => {
    const path = kind === 'place' ? `/queue/tokens/${sale.concertId}/events` : `/performances/${sale.performanceId}/seats/events`;
    const sockets = Array.from({ length: 10 }, () => ask(path));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    for (const socket of sockets) socket.destroy();
    const gateway = shop.stack.instances.find(({ service }) => service === 'gateway');
    const none = async () => ((await readMetric(gateway?.appPort ?? 0, 'ticketing_event_streams_open')) === 0 ? true : undefined);
    await eventually(`no stream of ${nameOf[kind]} is open`, none);
    const eleventh = ask(path);
    const [head] = await once(eleventh, 'data');
    expect(String(head)).toMatch(/^HTTP\/1\.1 200 /);
    eleventh.destroy();
    await eventually(`no stream of ${nameOf[kind]} is open`, none);
  });
});

describe('150 wrong log-ins at once from one address', () => {
  const password = 'correct horse battery staple';
  const logIn = (email: string, given: string, address: string) =>
    shop.api.send('POST', '/sessions', { body: { email, password: given }, headers: { 'x-forwarded-for': address } });

  it.each([
    ['at many accounts', '198.51.100.1', () => `${randomUUID()}@example.com`],
    ['at the account itself', '198.51.100.2', (email: string) => email],
  ] as const)('%s let the owner in from another one before they are done', async (_where, address, emailOf) => {
    const email = `${randomUUID()}@example.com`;
    expect((await shop.api.sendPatiently('POST', '/users', { body: { email, password, name: 'Owner' } })).status).toBe(201);
    let ended = 0;
    const flood = Array.from({ length: 150 }, async () => {
      const reply = await logIn(emailOf(email), 'not the password', address);
      ended += reply.status === 401 ? 1 : 0;
      return reply;
    });
    const reply = await logIn(email, password, '198.51.100.3');
    expect(reply.status).toBe(201);
    expect(ended).toBeLessThan(75);
    const told = tally(await Promise.all(flood));
    expect(Object.keys(told).filter((outcome) => !/^(401|429|503) /.test(outcome))).toEqual([]);
    // With the flood its refusals are over.
    expect((await logIn(`${randomUUID()}@example.com`, 'not the password', '198.51.100.4')).status).toBe(401);
    expect((await logIn(email, password, '198.51.100.3')).status).toBe(201);
  });
});
