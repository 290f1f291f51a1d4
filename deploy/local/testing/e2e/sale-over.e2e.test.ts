import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiReply } from '../../client/api-client.ts';
import { paymentShape, reservationShape } from '../../client/shapes.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import * as shapes from './api-shapes.ts';
import { expectRefusal } from './refusals.ts';
import {
  addPerformance,
  admit,
  countSeats,
  eventually,
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
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

/** The ids of a concert's performances that have seats left. */
async function availableOf({ concertId }: Sale): Promise<string[]> {
  const { items } = await shop.api.call(shapes.performances, 'GET', `/concerts/${concertId}/performances?available=true`);
  return items.map(({ id }) => id);
}

describe('a performance that begins', () => {
  const startsInMs = 10_000;
  let later: Sale;
  let tonight: Sale;
  let owner: Visitor;
  let late: Visitor;
  let paid: string;
  let held: string;

  beforeAll(async () => {
    later = await openSale(shop, 4);
    [owner, late] = [await newVisitor(shop, later, 200_000), await newVisitor(shop, later, 200_000)];
    tonight = await addPerformance(shop, later, { seats: 4, startsAt: new Date(Date.now() + startsInMs) });
    const seatIds = await seatIdsOf(tonight, owner);
    paid = paymentShape.parse((await owner.pay(await holdFor(owner, tonight, [seatIds[0]!]))).body).id;
    held = await holdFor(late, tonight, [seatIds[1]!]);
    expect(await availableOf(tonight)).toContain(tonight.performanceId);
    await eventually('the beginning', async () => ((await availableOf(tonight)).includes(tonight.performanceId) ? undefined : true));
  });

  it('takes no holds any more', async () => {
    const best = { performanceId: tonight.performanceId, quantity: 1 };
    const { token, pass } = late;
    expectRefusal(
      await shop.api.send('POST', '/reservations', { token, pass, idempotencyKey: randomUUID(), body: best }),
      409,
      'sale-over',
    );
    const seatIds = await seatIdsOf(tonight, late);
    expectRefusal(await late.hold(tonight.performanceId, pass, [seatIds[2]!]), 409, 'sale-over');
  });

  it('takes no payment for a hold that was made before, and the points stay', async () => {
    const { expiresAt } = await shop.api.call(reservationShape, 'GET', `/reservations/${held}`, { token: late.token });
    const { items } = await shop.api.call(shapes.performances, 'GET', `/concerts/${tonight.concertId}/performances`);
    expect(items.find(({ id }) => id === tonight.performanceId)).toMatchObject({ startsAt: expiresAt, availableSeats: 0 });
    expectRefusal(await late.pay(held), 409, 'sale-over');
    expect(await walletOf(shop, late)).toEqual({ balance: 200_000, reserved: 0 });
    expect(await countSeats(shop, tonight)).toEqual({ AVAILABLE: 3, SOLD: 1 });
  });

  it('leaves the concert’s other performance on sale', async () => {
    expect(await availableOf(later)).toEqual([later.performanceId]);
    expect((await late.pay(await holdFor(late, later, [(await seatIdsOf(later, late))[0]!]))).status).toBe(201);
  });

  it('is refunded by an operator, not at the wish of its owner', async () => {
    const refund = { token: owner.token, idempotencyKey: randomUUID(), body: {} };
    expectRefusal(await shop.api.send('POST', `/payments/${paid}/refunds`, refund), 409, 'refund-not-allowed');
    const cancel = { token: shop.operator.token, idempotencyKey: randomUUID(), body: { reason: 'The singer was ill.' } };
    const cancelled = await shop.api.send('POST', `/admin/payments/${paid}/cancel`, cancel);
    expect(cancelled).toMatchObject({ status: 201, body: { paymentId: paid, status: 'COMPLETED' } });
    expect(await walletOf(shop, owner)).toEqual({ balance: 200_000, reserved: 0 });
  });

  it('was the last one: the room is sold out', async () => {
    const last = await openSale(shop, 1);
    const visitor = await newVisitor(shop, last);
    await visitor.pay(await holdFor(visitor, last, await seatIdsOf(last, visitor)));
    const soon = await addPerformance(shop, last, { seats: 4, startsAt: new Date(Date.now() + 3_000) });
    await eventually('the beginning', async () => ((await availableOf(soon)).includes(soon.performanceId) ? undefined : true));
    await eventually('the end of the sale', async () => {
      const { soldOut } = await shop.api.call(shapes.room, 'GET', `/queue/rooms/${soon.concertId}`);
      return soldOut ? true : undefined;
    });
  });
});

describe('the time of a performance', () => {
  const day = 86_400_000;
  const sections = [{ name: 'R', rows: 1, seatsPerRow: 1, price: 1_000 }];

  async function schedule(saleOpensAt: number, startsAt: number): Promise<ApiReply> {
    const { token } = shop.operator;
    const venue = { name: 'Demo Hall', city: 'Seoul', timeZone: 'Asia/Seoul' };
    const texts = { title: 'A concert', artist: 'Somebody', description: '' };
    const body = { ...texts, venue, saleOpensAt: new Date(saleOpensAt).toISOString() };
    const { id } = await shop.api.call(shapes.concert, 'POST', '/admin/concerts', { token, body });
    const performance = { startsAt: new Date(startsAt).toISOString(), sections };
    return shop.api.send('POST', `/admin/concerts/${id}/performances`, { token, body: performance });
  }

  it.each([
    ['before the sale opens', 60 * day, 30 * day],
    ['when the sale opens', 30 * day, 30 * day],
    ['in the past', -60 * day, -30 * day],
    ['a minute ago', -60 * day, -60_000],
  ])('is not %s', async (_what, opens, starts) => {
    const now = Date.now();
    const reply = await schedule(now + opens, now + starts);
    expectRefusal(reply, 422, 'invalid-time');
    expect(reply.body).toMatchObject({ errors: [{ path: 'startsAt' }] });
  });
});

describe('a hold', () => {
  it('is paid for by its owner when the pass has ended, and by nobody else', async () => {
    const sale = await openSale(shop, 4);
    const [owner, stranger] = [await newBuyer(shop, 200_000), await newBuyer(shop, 200_000)];
    const ttl = { token: shop.operator.token, body: { passTtlSeconds: 3 } };
    await shop.api.call(shapes.managedRoom, 'PUT', `/admin/rooms/${sale.concertId}`, ttl);
    const visitor = await admit(owner, sale);
    const [seatId] = await seatIdsOf(sale, visitor);
    const reservationId = await holdFor(visitor, sale, [seatId!]);
    const { token } = owner;
    await eventually('the end of the pass', async () => {
      const place = await shop.api.call(shapes.queueToken, 'GET', `/queue/tokens/${sale.concertId}`, { token });
      return place.status === 'ACTIVE' ? undefined : true;
    });
    await eventually('the pass is no good', async () => {
      const map = await shop.api.send('GET', `/performances/${sale.performanceId}/seats`, { token, pass: visitor.pass });
      return map.status === 403 ? true : undefined;
    });
    expectRefusal(await stranger.pay(reservationId), 404, 'reservation-not-found');
    const reply = await owner.pay(reservationId);
    expect([reply.status, paymentShape.parse(reply.body).status]).toEqual([201, 'COMPLETED']);
    const reservation = await shop.api.call(shapes.reservation, 'GET', `/reservations/${reservationId}`, { token });
    expect(reservation).toMatchObject({ status: 'CONFIRMED', paymentId: paymentShape.parse(reply.body).id });
    const mine = await shop.api.call(shapes.myReservations, 'GET', `/users/me/reservations?status=CONFIRMED&concertId=${sale.concertId}`, {
      token,
    });
    expect(mine.items.map(({ id, paymentId }) => ({ id, paymentId }))).toEqual([{ id: reservationId, paymentId: reservation.paymentId }]);
    expect(await shop.api.call(shapes.myReservations, 'GET', '/users/me/reservations?status=EXPIRED', { token })).toMatchObject({
      items: [],
    });
  });
});
