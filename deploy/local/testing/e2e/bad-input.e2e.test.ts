import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiRequest } from '../../client/api-client.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import { expectCleanBooks } from './clean-books.ts';
import { expectRefusal } from './refusals.ts';
import {
  countSeats,
  eventually,
  newVisitor,
  openSale,
  openTestShop,
  seatIdsOf,
  type TestShop,
  type Visitor,
  walletOf,
} from './test-shop.ts';

const points = 150_000;
let shop: TestShop;
let sale: Sale;
let visitor: Visitor;
let seatIds: string[];

beforeAll(async () => {
  shop = await openTestShop();
  sale = await openSale(shop, 10);
  visitor = await newVisitor(shop, sale, points);
  seatIds = await seatIdsOf(sale, visitor);
});
afterAll(() => shop.close());

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Attempt = [what: string, method: Method, path: string, request: () => ApiRequest, status: number, code: string];

const body = (value: unknown) => (): ApiRequest => ({ body: value });
const raw =
  (value: string | Buffer, headers: Record<string, string> = {}) =>
  (): ApiRequest => ({ body: value, headers });
const nothing = (): ApiRequest => ({});
const hold = (fields: () => Record<string, unknown>) => (): ApiRequest => ({ body: { performanceId: sale.performanceId, ...fields() } });
const nobody = '0198c0de-0000-7000-8000-000000000001';
const injection = '\'; DROP TABLE seats; -- " OR 1=1';

const charge = '/points/charges';
const wrongAmounts: [what: string, amount: unknown][] = [
  ['nothing', 0],
  ['a negative amount', -1],
  ['more than allowed', 10_000_001],
  ['a fraction', 1.5],
  ['text', '1000'],
  ['a boolean', true],
  ['null', null],
  ['a list', [1_000]],
  ['an object', { $gt: 0 }],
  ['a number that does not fit', 9_007_199_254_740_993],
  ['a number beyond all', 1e308],
];
const amounts = wrongAmounts.map(
  ([what, amount]): Attempt => [`a charge of ${what}`, 'POST', charge, body({ amount }), 422, 'invalid-request'],
);

const bodies: Attempt[] = [
  ['an unknown field', 'POST', charge, body({ amount: 1_000, currency: 'USD' }), 422, 'invalid-request'],
  ['a missing field', 'POST', charge, body({}), 422, 'invalid-request'],
  ['a prototype', 'POST', charge, raw('{"amount":1000,"__proto__":{"admin":true}}'), 422, 'invalid-request'],
  ['an overflowing number in JSON', 'POST', charge, raw('{"amount":1e999}'), 422, 'invalid-request'],
  ['truncated JSON', 'POST', charge, raw('{"amount": 10'), 400, 'invalid-body'],
  ['a list as body', 'POST', charge, raw('[{"amount":1000}]'), 400, 'invalid-body'],
  ['no body', 'POST', charge, nothing, 400, 'invalid-body'],
  ['10 MB', 'POST', charge, raw(`{"amount":1000,"pad":"${'x'.repeat(10_000_000)}"}`), 413, 'body-too-large'],
  ['invalid UTF-8', 'POST', charge, raw(Buffer.from('7b22616d6f756e74223a31302c2278223a22c328227d', 'hex')), 400, 'invalid-body'],
  ['UTF-16', 'POST', charge, raw(Buffer.from('{"amount":1000}', 'utf16le')), 400, 'invalid-body'],
  [
    'another type',
    'POST',
    charge,
    raw('amount=1000', { 'content-type': 'application/x-www-form-urlencoded' }),
    415,
    'unsupported-media-type',
  ],
  ['XML', 'POST', charge, raw('<amount>1000</amount>', { 'content-type': 'application/xml' }), 415, 'unsupported-media-type'],
  [
    'another charset',
    'POST',
    charge,
    raw('{"amount":1}', { 'content-type': 'application/json; charset=utf-16' }),
    415,
    'unsupported-media-type',
  ],
];

const holds: Attempt[] = [
  ['50 seats', 'POST', '/reservations', hold(() => ({ seatIds: Array.from({ length: 50 }, () => randomUUID()) })), 422, 'invalid-request'],
  ['a seat twice', 'POST', '/reservations', hold(() => ({ seatIds: [seatIds[0], seatIds[0]] })), 422, 'invalid-request'],
  [
    'a seat twice in another case',
    'POST',
    '/reservations',
    hold(() => ({ seatIds: [seatIds[0], seatIds[0]?.toUpperCase()] })),
    422,
    'invalid-request',
  ],
  ['no seat', 'POST', '/reservations', hold(() => ({ seatIds: [] })), 422, 'invalid-request'],
  ['seats and a quantity', 'POST', '/reservations', hold(() => ({ seatIds: [seatIds[0]], quantity: 1 })), 422, 'invalid-request'],
  ['a quantity of 0', 'POST', '/reservations', hold(() => ({ quantity: 0 })), 422, 'invalid-request'],
  ['a quantity of 5', 'POST', '/reservations', hold(() => ({ quantity: 5 })), 422, 'invalid-request'],
  ['half a seat', 'POST', '/reservations', hold(() => ({ quantity: 0.5 })), 422, 'invalid-request'],
  ['SQL for a seat', 'POST', '/reservations', hold(() => ({ seatIds: [injection] })), 422, 'invalid-request'],
  ['SQL for a section', 'POST', '/reservations', hold(() => ({ quantity: 1, section: injection })), 404, 'section-not-found'],
  ['NUL in a section', 'POST', '/reservations', hold(() => ({ quantity: 1, section: 'R\0' })), 422, 'invalid-request'],
  ['a seat that is not', 'POST', '/reservations', hold(() => ({ seatIds: [nobody] })), 404, 'seat-not-found'],
  ['a good and a bad seat', 'POST', '/reservations', hold(() => ({ seatIds: [seatIds[0], nobody] })), 404, 'seat-not-found'],
  ['a performance that is not', 'POST', '/reservations', body({ performanceId: nobody, seatIds: [nobody] }), 404, 'performance-not-found'],
];

const addresses: Attempt[] = [
  ['an unknown address', 'GET', '/nothing/here', nothing, 404, 'not-found'],
  ['an address outside of the API', 'GET', '//etc/passwd', nothing, 404, 'not-found'],
  ['a path that climbs', 'GET', '//api/v1/../../admin', nothing, 404, 'not-found'],
  ['a path that can’t be decoded', 'GET', '/concerts/%ff%fe', nothing, 404, 'not-found'],
  ['a method that is not there', 'PUT', '/points', nothing, 405, 'method-not-allowed'],
  ['a method that is not there for one', 'DELETE', `/concerts/${nobody}`, nothing, 405, 'method-not-allowed'],
  ['SQL for a concert', 'GET', `/concerts/${encodeURIComponent(injection)}`, nothing, 404, 'concert-not-found'],
  ['SQL for a reservation', 'GET', `/reservations/${encodeURIComponent(injection)}`, nothing, 404, 'reservation-not-found'],
  ['SQL for a ticket', 'GET', `/tickets/${encodeURIComponent(injection)}`, nothing, 404, 'ticket-not-found'],
  ['NUL for a payment', 'GET', '/payments/%00', nothing, 404, 'payment-not-found'],
  ['a payment that is not', 'GET', `/payments/${nobody}`, nothing, 404, 'payment-not-found'],
  ['a performance that is not', 'GET', `/performances/${nobody}/seats`, nothing, 404, 'performance-not-found'],
  ['a room of no concert', 'POST', '/queue/tokens', body({ concertId: nobody }), 404, 'concert-not-found'],
  ['paying for nothing', 'POST', '/payments', body({ reservationId: nobody }), 404, 'reservation-not-found'],
  ['refunding nothing', 'POST', `/payments/${nobody}/refunds`, body({}), 404, 'payment-not-found'],
  ['refunding no ticket', 'POST', `/payments/${nobody}/refunds`, body({ ticketIds: [] }), 422, 'invalid-request'],
  ['refunding a ticket twice', 'POST', `/payments/${nobody}/refunds`, body({ ticketIds: [nobody, nobody] }), 422, 'invalid-request'],
  ['refunding what is no ticket', 'POST', `/payments/${nobody}/refunds`, body({ ticketIds: ['a'] }), 422, 'invalid-request'],
  ['refunding a ticket of nothing', 'POST', `/payments/${nobody}/refunds`, body({ ticketIds: [nobody] }), 404, 'payment-not-found'],
  ['refunding seats', 'POST', `/payments/${nobody}/refunds`, body({ seatIds: [nobody] }), 422, 'invalid-request'],
  ['an unknown parameter', 'GET', '/concerts?sort=price', nothing, 422, 'invalid-request'],
  ['a limit of 0', 'GET', '/concerts?limit=0', nothing, 422, 'invalid-request'],
  ['a limit of 101', 'GET', '/points/ledger?limit=101', nothing, 422, 'invalid-request'],
  ['a limit in words', 'GET', '/concerts?limit=ten', nothing, 422, 'invalid-request'],
  ['a date that is not', 'GET', '/concerts?from=2027-02-30', nothing, 422, 'invalid-request'],
  ['a made-up cursor', 'GET', '/points/ledger?cursor=abc', nothing, 422, 'invalid-cursor'],
  ['a made-up cursor in the search', 'GET', '/concerts?cursor=abc', nothing, 422, 'invalid-cursor'],
  ['SQL for a cursor', 'GET', `/users/me/reservations?cursor=${encodeURIComponent(injection)}`, nothing, 422, 'invalid-request'],
  ['NUL in a search', 'GET', '/concerts?q=a%00b', nothing, 422, 'invalid-request'],
  ['a parameter twice', 'GET', '/concerts?q=a&q=b', nothing, 422, 'invalid-request'],
];

const keys: Attempt[] = [
  ['without a key', 'POST', charge, () => ({ idempotencyKey: undefined, body: { amount: 1 } }), 400, 'idempotency-key-required'],
  ['with a key of blanks', 'POST', charge, () => ({ idempotencyKey: 'a b', body: { amount: 1 } }), 400, 'idempotency-key-invalid'],
  ['with a long key', 'POST', charge, () => ({ idempotencyKey: 'k'.repeat(201), body: { amount: 1 } }), 400, 'idempotency-key-invalid'],
  [
    'holding without a key',
    'POST',
    '/reservations',
    () => ({ ...hold(() => ({ quantity: 1 }))(), idempotencyKey: undefined }),
    400,
    'idempotency-key-required',
  ],
  [
    'paying without a key',
    'POST',
    '/payments',
    () => ({ idempotencyKey: undefined, body: { reservationId: nobody } }),
    400,
    'idempotency-key-required',
  ],
  [
    'refunding without a key',
    'POST',
    `/payments/${nobody}/refunds`,
    () => ({ idempotencyKey: undefined, body: {} }),
    400,
    'idempotency-key-required',
  ],
];

describe('bad input is refused clearly and changes nothing', () => {
  it.each([...amounts, ...bodies, ...holds, ...addresses, ...keys])('%s: %s', async (_what, method, path, request, status, code) => {
    const { token, pass } = visitor;
    // So many requests of one person in a second are too many; only then it is asked again.
    const reply = await eventually('an answer', async () => {
      const answer = await shop.api.send(method, path, { token, pass, idempotencyKey: randomUUID(), ...request() });
      return answer.status === 429 ? undefined : answer;
    });
    expectRefusal(reply, status, code);
  });

  it.each([
    [{ email: 'no address', password: 'long enough', name: 'A' }, 'email'],
    [{ email: 'a@example.com', password: 'short', name: 'A' }, 'password'],
    [{ email: 'a@example.com', password: 'long enough', name: 'A\r\nX-Admin: 1' }, 'name'],
    [{ email: 'a@example.com', password: 'long enough', name: 'A\0B' }, 'name'],
    [{ email: 'a@example.com', password: 'long enough', name: 'A', roles: ['operator'] }, 'roles'],
    [{ email: { $ne: '' }, password: 'long enough', name: 'A' }, 'email'],
  ])('a sign-up with %j names the field', async (account, field) => {
    const reply = await shop.api.send('POST', '/users', { body: account });
    expectRefusal(reply, 422, 'invalid-request');
    expect(reply.body).toMatchObject({ errors: [{ path: field }] });
  });

  it('has had no effect', async () => {
    expect(await walletOf(shop, visitor)).toEqual({ balance: points, reserved: 0 });
    expect(await countSeats(shop, sale)).toEqual({ AVAILABLE: 10 });
    await expectCleanBooks(shop);
  });
});

describe('strings that mean something elsewhere are just strings here', () => {
  it.each([
    injection,
    "%' OR '1'='1",
    '%_\\',
    '"{}[]()*:/?~^!&|<>=+-',
    '${jndi:ldap://x}',
    '<script>alert(1)</script>',
    '\u202e가나다',
    'ﷺ'.repeat(50),
  ])('searching for %j finds nothing', async (q) => {
    for (const path of [`/concerts?q=${encodeURIComponent(q)}`, `/concerts?artist=${encodeURIComponent(q)}`]) {
      const reply = await shop.api.sendPatiently('GET', path);
      expect(reply).toMatchObject({ status: 200, body: { items: [] } });
    }
    expect((await shop.api.send('GET', `/concerts/suggestions?q=${encodeURIComponent(q)}`)).status).toBe(200);
  });

  it('a name is kept as it was given', async () => {
    const account = { email: `${randomUUID()}@example.com`, password: injection.padEnd(12), name: injection };
    expect(await shop.api.send('POST', '/users', { body: account })).toMatchObject({ status: 201, body: { name: injection } });
    const { email, password } = account;
    expect((await shop.api.send('POST', '/sessions', { body: { email, password } })).status).toBe(201);
    expectRefusal(await shop.api.send('POST', '/sessions', { body: { email, password: "' OR '1'='1" } }), 401, 'invalid-credentials');
  });
});
