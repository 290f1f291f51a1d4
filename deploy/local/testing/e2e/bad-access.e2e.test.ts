import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import type { ApiReply, ApiRequest } from '../../client/api-client.ts';
import type { Buyer } from '../../client/buyer.ts';
import { paymentShape } from '../../client/shapes.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import { expectRefusal } from './refusals.ts';
import {
  countSeats,
  holdFor,
  newBuyer,
  newVisitor,
  openSale,
  openTestShop,
  seatIdsOf,
  type TestShop,
  type Visitor,
  walletOf,
} from './test-shop.ts';

let shop: TestShop;
let sale: Sale;
let owner: Visitor;
let stranger: Buyer;
let seatIds: string[];
const owned = { reservation: '', held: '', payment: '', ticket: '' };

beforeAll(async () => {
  shop = await openTestShop();
  sale = await openSale(shop, 10);
  owner = await newVisitor(shop, sale, 200_000);
  stranger = await newBuyer(shop, 100_000);
  seatIds = await seatIdsOf(sale, owner);
  owned.reservation = await holdFor(owner, sale, [seatIds[0]!]);
  const payment = paymentShape.parse((await owner.pay(owned.reservation)).body);
  owned.held = await holdFor(owner, sale, [seatIds[1]!]);
  Object.assign(owned, { payment: payment.id, ticket: payment.tickets?.[0]?.id });
});
afterAll(() => shop.close());

describe('what belongs to others', () => {
  it.each<[string, 'GET' | 'POST' | 'DELETE', () => string, string, unknown]>([
    ['a reservation', 'GET', () => `/reservations/${owned.reservation}`, 'reservation-not-found', undefined],
    ['a hold, to let it go', 'DELETE', () => `/reservations/${owned.held}`, 'reservation-not-found', undefined],
    ['a payment', 'GET', () => `/payments/${owned.payment}`, 'payment-not-found', undefined],
    ['a payment, to get its points', 'POST', () => `/payments/${owned.payment}/refunds`, 'payment-not-found', {}],
    ['a ticket', 'GET', () => `/tickets/${owned.ticket}`, 'ticket-not-found', undefined],
    ['a place in the room', 'GET', () => `/queue/tokens/${sale.concertId}`, 'not-in-queue', undefined],
  ])('is not there: %s', async (_what, method, path, code, body) => {
    const { token } = stranger;
    expectRefusal(await shop.api.send(method, path(), { token, idempotencyKey: randomUUID(), body }), 404, code);
  });

  it('can’t be paid for either', async () => {
    const visitor = await newVisitor(shop, sale, 100_000);
    expectRefusal(await visitor.pay(owned.held), 404, 'reservation-not-found');
    expect(await walletOf(shop, visitor)).toEqual({ balance: 100_000, reserved: 0 });
  });

  it('is as it was', async () => {
    expect(await countSeats(shop, sale)).toEqual({ AVAILABLE: 8, HELD: 1, SOLD: 1 });
    expect(await walletOf(shop, owner)).toEqual({ balance: 200_000 - sale.price, reserved: 0 });
    expect(await walletOf(shop, stranger)).toEqual({ balance: 100_000, reserved: 0 });
    expect((await owner.pay(owned.held)).status).toBe(201);
  });
});

describe('an access token', () => {
  const charge = (headers: Record<string, string>): Promise<ApiReply> =>
    shop.api.send('POST', '/points/charges', { idempotencyKey: randomUUID(), headers, body: { amount: 1_000_000 } });
  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

  /** What a good token says and is signed with, to make bad ones from. */
  function good(): { claims: JWTPayload; kid: string; parts: string[] } {
    const { token } = owner;
    return { claims: decodeJwt(token), kid: decodeProtectedHeader(token).kid ?? '', parts: token.split('.') };
  }
  async function signed(kid: string, change: JWTPayload = {}): Promise<string> {
    const { privateKey } = await generateKeyPair('EdDSA');
    return new SignJWT({ ...good().claims, ...change }).setProtectedHeader({ alg: 'EdDSA', kid }).sign(privateKey);
  }

  it.each<[string, () => Promise<string> | string]>([
    ['without a signature (alg none)', () => new UnsecuredJWT(good().claims).encode()],
    ['with a cut signature', () => `${good().parts.slice(0, 2).join('.')}.`],
    ['signed by another key under the known id', () => signed(good().kid)],
    ['signed by a key that nobody knows', () => signed('made-up')],
    [
      'signed with the public key as a secret',
      () => new SignJWT(good().claims).setProtectedHeader({ alg: 'HS256', kid: good().kid }).sign(Buffer.from(good().kid.padEnd(32))),
    ],
    ['that has expired', () => signed(good().kid, { iat: 1_600_000_000, exp: 1_600_003_600 })],
    [
      'with more roles in it',
      () =>
        good()
          .parts.map((part, index) =>
            index === 1 ? Buffer.from(JSON.stringify({ ...good().claims, roles: ['operator'] })).toString('base64url') : part,
          )
          .join('.'),
    ],
    ['of the waiting room', () => owner.pass],
    ['that is nonsense', () => 'abc.def.ghi'],
    ['that is very long', () => 'a'.repeat(8_000)],
  ])('%s is refused', async (_what, make) => {
    const reply = await charge(bearer(await make()));
    expectRefusal(reply, 401, 'unauthenticated');
    expect(reply.headers['www-authenticate']).toMatch(/^Bearer/);
  });

  it.each([{}, { authorization: '' }, { authorization: 'Basic b3BlcmF0b3I6b3BlcmF0b3I=' }, { authorization: 'Bearer' }])(
    'is needed: %j',
    async (headers) => {
      expectRefusal(await charge(headers), 401, 'unauthenticated');
    },
  );

  it('that is bad has no effect', async () => {
    expect((await walletOf(shop, owner)).balance).toBeLessThan(1_000_000);
  });
});

describe('administration', () => {
  const routes: ['GET' | 'POST' | 'PUT' | 'PATCH', string, () => string, unknown][] = [
    ['POST', '/admin/concerts', () => '/admin/concerts', {}],
    ['PATCH', '/admin/concerts/{id}', () => `/admin/concerts/${sale.concertId}`, { title: 'Mine now' }],
    ['POST', '/admin/concerts/{id}/performances', () => `/admin/concerts/${sale.concertId}/performances`, {}],
    ['PUT', '/admin/rooms/{id}', () => `/admin/rooms/${sale.concertId}`, { capacity: 0 }],
    ['GET', '/admin/rooms/{id}', () => `/admin/rooms/${sale.concertId}`, undefined],
    ['GET', '/admin/settings/hold.minutes', () => '/admin/settings/hold.minutes', undefined],
    ['PUT', '/admin/settings/hold.minutes', () => '/admin/settings/hold.minutes', { value: 60 }],
  ];
  const as = (token: string | undefined, body: unknown): ApiRequest => ({ token, body });

  it.each(routes)('%s %s is not for fans, and not for nobody', async (method, _route, path, body) => {
    expectRefusal(await shop.api.send(method, path(), as(owner.token, body)), 403, 'forbidden');
    expectRefusal(await shop.api.send(method, path(), as(undefined, body)), 401, 'unauthenticated');
  });

  it.each<[string, unknown, number, string]>([
    ['nobody.knows', { value: 5 }, 404, 'setting-not-found'],
    ['hold.nothing', { value: 5 }, 404, 'setting-not-found'],
    ['..%2F..%2Fetc', { value: 5 }, 404, 'setting-not-found'],
    ['hold.minutes', { value: 0 }, 422, 'setting-out-of-range'],
    ['hold.minutes', { value: -5 }, 422, 'setting-out-of-range'],
    ['hold.minutes', { value: 61 }, 422, 'setting-out-of-range'],
    ['hold.minutes', { value: '5' }, 422, 'invalid-request'],
    ['hold.minutes', { value: null }, 422, 'invalid-request'],
    ['hold.minutes', {}, 422, 'invalid-request'],
  ])('the setting %s does not become %j', async (key, body, status, code) => {
    const { token } = shop.operator;
    expectRefusal(await shop.api.send('PUT', `/admin/settings/${key}`, { token, body }), status, code);
    const unchanged = await shop.api.send('GET', '/admin/settings/hold.minutes', { token });
    expect(unchanged).toMatchObject({ status: 200, body: { value: 5 } });
  });

  it.each<[string, Record<string, unknown>]>([
    ['no seats', { sections: [] }],
    ['a negative price', { sections: [{ name: 'R', rows: 1, seatsPerRow: 1, price: -1 }] }],
    ['too many seats', { sections: [{ name: 'R', rows: 500, seatsPerRow: 500, price: 1 }] }],
    ['a section twice', { sections: [1, 2].map(() => ({ name: 'R', rows: 1, seatsPerRow: 1, price: 1 })) }],
    ['a time that is none', { startsAt: 'tomorrow' }],
    ['an allowance of 50', { maxSeatsPerPerson: 50 }],
  ])('does not schedule a performance with %s', async (_what, change) => {
    const { token } = shop.operator;
    const body = { startsAt: '2027-06-01T20:00:00+09:00', sections: [{ name: 'R', rows: 1, seatsPerRow: 1, price: 1 }], ...change };
    expectRefusal(await shop.api.send('POST', `/admin/concerts/${sale.concertId}/performances`, { token, body }), 422, 'invalid-request');
    const listed = await shop.api.send('GET', `/concerts/${sale.concertId}/performances`);
    expect(listed).toMatchObject({ status: 200, body: { items: [{ id: sale.performanceId }] } });
  });
});
