import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ApiReply, type ApiRequest, problemCode } from '../../client/api-client.ts';
import { paymentShape } from '../../client/shapes.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import {
  countSeats,
  holdFor,
  newVisitor,
  openSale,
  openTestShop,
  seatIdsOf,
  sqlId,
  type TestShop,
  tally,
  type Visitor,
  walletOf,
} from './test-shop.ts';

let shop: TestShop;
let sale: Sale;
let visitor: Visitor;
let seatIds: string[];

beforeAll(async () => {
  shop = await openTestShop();
});
beforeEach(async () => {
  sale = await openSale(shop, 10);
  visitor = await newVisitor(shop, sale, 500_000);
  seatIds = await seatIdsOf(sale, visitor);
});
afterAll(() => shop.close());

function post(path: string, idempotencyKey: string, body: unknown): Promise<ApiReply> {
  const { token, pass } = visitor;
  const request: ApiRequest = { token, pass, idempotencyKey, body };
  return shop.api.send('POST', path, request);
}

function manyTimes(times: number, path: string, body: unknown): Promise<ApiReply[]> {
  const key = randomUUID();
  return Promise.all(Array.from({ length: times }, () => post(path, key, body)));
}

const tenTimes = (path: string, body: unknown) => manyTimes(10, path, body);

/** The one answer that all of them got. */
function theAnswer(replies: ApiReply[]): { status: number; body: unknown } {
  const [first] = replies;
  expect(replies.map(({ status, body }) => ({ status, body }))).toEqual(replies.map(() => ({ status: first!.status, body: first!.body })));
  return { status: first!.status, body: first!.body };
}

async function payFor(seatId: string): Promise<string> {
  const paid = await visitor.pay(await holdFor(visitor, sale, [seatId]));
  return paymentShape.parse(paid.body).id;
}

describe('ten times the same request, at once', () => {
  it('charges once', async () => {
    expect(theAnswer(await tenTimes('/points/charges', { amount: 1_000 }))).toMatchObject({ status: 201, body: { balance: 501_000 } });
    expect(await walletOf(shop, visitor)).toEqual({ balance: 501_000, reserved: 0 });
  });

  it('holds once', async () => {
    const { performanceId } = sale;
    const answer = theAnswer(await tenTimes('/reservations', { performanceId, seatIds: seatIds.slice(0, 2) }));
    expect(answer).toMatchObject({ status: 201, body: { status: 'HELD' } });
    expect(await countSeats(shop, sale)).toEqual({ AVAILABLE: 8, HELD: 2 });
  });

  it('holds the best seats once', async () => {
    const { performanceId } = sale;
    expect(theAnswer(await tenTimes('/reservations', { performanceId, quantity: 2 }))).toMatchObject({ status: 201 });
    expect(await countSeats(shop, sale)).toEqual({ AVAILABLE: 8, HELD: 2 });
  });

  it('pays once, also of fifty', async () => {
    const reservationId = await holdFor(visitor, sale, [seatIds[0]!]);
    expect(theAnswer(await manyTimes(50, '/payments', { reservationId }))).toMatchObject({ status: 201, body: { status: 'COMPLETED' } });
    expect(await walletOf(shop, visitor)).toEqual({ balance: 500_000 - sale.price, reserved: 0 });
    expect(await countSeats(shop, sale)).toEqual({ AVAILABLE: 9, SOLD: 1 });
  });

  it('refunds once', async () => {
    const paymentId = await payFor(seatIds[0]!);
    expect(theAnswer(await tenTimes(`/payments/${paymentId}/refunds`, {}))).toMatchObject({ status: 201, body: { status: 'COMPLETED' } });
    expect(await walletOf(shop, visitor)).toEqual({ balance: 500_000, reserved: 0 });
    expect(await countSeats(shop, sale)).toEqual({ AVAILABLE: 10 });
  });

  it('refuses for now: under the same key the seat is had once it is free again', async () => {
    const other = await newVisitor(shop, sale);
    const reservationId = await holdFor(other, sale, [seatIds[0]!]);
    const body = { performanceId: sale.performanceId, seatIds: [seatIds[0]!] };
    const key = randomUUID();
    const refused = await Promise.all(Array.from({ length: 5 }, () => post('/reservations', key, body)));
    expect(tally(refused)).toEqual({ '409 seat-taken': 5 });
    await shop.api.send('DELETE', `/reservations/${reservationId}`, { token: other.token });
    const held = await post('/reservations', key, body);
    expect(held.status).toBe(201);
    expect((await post('/reservations', key, body)).body).toEqual(held.body);
  });

  it('refuses for now: under the same key the payment is made once there are points', async () => {
    const poor = await newVisitor(shop, sale, 1);
    const reservationId = await holdFor(poor, sale, [seatIds[0]!]);
    const key = randomUUID();
    expect(problemCode(await poor.pay(reservationId, { idempotencyKey: key }))).toBe('insufficient-points');
    await poor.charge(sale.price);
    expect(await poor.pay(reservationId, { idempotencyKey: key })).toMatchObject({ status: 201, body: { status: 'COMPLETED' } });
    expect(await walletOf(shop, poor)).toEqual({ balance: 1, reserved: 0 });
  });
});

describe('a key with another body', () => {
  it.each<[string, (seats: string[]) => [path: string, first: unknown, second: unknown]]>([
    ['charge', () => ['/points/charges', { amount: 1_000 }, { amount: 2_000 }]],
    [
      'hold',
      ([one, two]) => [
        '/reservations',
        { performanceId: sale.performanceId, seatIds: [one] },
        { performanceId: sale.performanceId, seatIds: [two] },
      ],
    ],
  ])('is refused for a %s, and has no effect', async (_name, requests) => {
    const [path, first, second] = requests(seatIds);
    const key = randomUUID();
    expect((await post(path, key, first)).status).toBe(201);
    const [wallet, seats] = [await walletOf(shop, visitor), await countSeats(shop, sale)];
    const reused = await post(path, key, second);
    expect([reused.status, problemCode(reused)]).toEqual([422, 'idempotency-key-reused']);
    expect([await walletOf(shop, visitor), await countSeats(shop, sale)]).toEqual([wallet, seats]);
  });

  it('is refused for a payment and for a refund', async () => {
    const [one, two] = [await payFor(seatIds[0]!), await holdFor(visitor, sale, [seatIds[1]!])];
    const third = await holdFor(visitor, sale, [seatIds[2]!]);
    const key = randomUUID();
    expect((await post('/payments', key, { reservationId: two })).status).toBe(201);
    expect(problemCode(await post('/payments', key, { reservationId: third }))).toBe('idempotency-key-reused');
    const other = paymentShape.parse((await visitor.pay(third)).body).id;
    expect((await post(`/payments/${one}/refunds`, key, {})).status).toBe(201);
    expect(problemCode(await post(`/payments/${other}/refunds`, key, {}))).toBe('idempotency-key-reused');
  });

  it('is nobody else’s business: keys are personal', async () => {
    const other = await newVisitor(shop, sale, 1_000);
    const key = randomUUID();
    expect((await post('/points/charges', key, { amount: 1_000 })).status).toBe(201);
    const theirs = await shop.api.send('POST', '/points/charges', { token: other.token, idempotencyKey: key, body: { amount: 7_000 } });
    expect([theirs.status, await walletOf(shop, other)]).toEqual([201, { balance: 8_000, reserved: 0 }]);
  });
});

describe('two payments of one reservation', () => {
  it('take the points once, however many come at once', async () => {
    const reservationId = await holdFor(visitor, sale, [seatIds[0]!]);
    const replies = await Promise.all(Array.from({ length: 20 }, () => post('/payments', randomUUID(), { reservationId })));
    expect(tally(replies)).toEqual({ '201': 1, '409 already-paid': 19 });
    expect(await walletOf(shop, visitor)).toEqual({ balance: 500_000 - sale.price, reserved: 0 });
    const booked = await shop.books.payment.rows(
      `SELECT COUNT(*) AS n FROM payments WHERE reservation_id = ${sqlId(reservationId)} AND status = 'COMPLETED'`,
    );
    expect(booked).toEqual([{ n: 1 }]);
  });
});
