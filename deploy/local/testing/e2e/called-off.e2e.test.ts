import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { z } from 'zod';
import type { ApiReply } from '../../client/api-client.ts';
import type { Buyer } from '../../client/buyer.ts';
import { concertShape, paymentShape, reservationShape, tokenShape } from '../../client/shapes.ts';
import { startProcess, stopProcess } from '../../control.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import { expectCleanBooks } from './clean-books.ts';
import { expectRefusal } from './refusals.ts';
import { atOnce } from './test-room.ts';
import {
  admit,
  countSeats,
  eventually,
  holdFor,
  newBuyers,
  newOrganiser,
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

const progressShape = z.object({ refunds: z.number(), done: z.number() });
const performanceShape = z.object({ id: z.string(), startsAt: z.string(), status: z.string(), availableSeats: z.number() });
const listShape = z.object({ items: z.array(performanceShape) });
const points = 200_000;

const asOperator = (method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown): Promise<ApiReply> =>
  shop.api.sendPatiently(method, `/admin/${path}`, { token: shop.operator.token, ...(body !== undefined && { body }) });

interface Order extends Visitor {
  reservationId: string;
  paymentId: string;
}

async function buy(buyer: Buyer, sale: Sale, seatId: string): Promise<Order> {
  const visitor = await admit(buyer, sale);
  const reservationId = await holdFor(visitor, sale, [seatId]);
  const paid = paymentShape.parse((await visitor.pay(reservationId)).body);
  expect(paid.status).toBe('COMPLETED');
  return { ...visitor, reservationId, paymentId: paid.id };
}

const listed = async ({ concertId }: Sale) => (await shop.api.call(listShape, 'GET', `/concerts/${concertId}/performances`)).items;
const concertOf = ({ concertId }: Sale) => shop.api.call(concertShape, 'GET', `/concerts/${concertId}`);

/** Kills an instance and starts it again, while the refunds are under way. */
async function killAndStart(name: string): Promise<void> {
  await stopProcess('test', name, 'SIGKILL');
  await startProcess('test', name);
}

describe('a performance that is called off', () => {
  const seats = 40;

  it('gives everybody their points back while payment and reservation are killed, and sells nothing any more', async () => {
    const sale = await openSale(shop, seats);
    const buyers = await newBuyers(shop, seats, points);
    const [first] = buyers;
    if (!first) throw new Error('no buyers');
    const seatIds = await seatIdsOf(sale, await admit(first, sale));
    const orders = await atOnce(8, buyers, (buyer, index) => buy(buyer, sale, seatIds[index] ?? ''));
    expect(await countSeats(shop, sale)).toEqual({ SOLD: seats });

    const called = await asOperator('POST', `performances/${sale.performanceId}/cancel`);
    expect([called.status, progressShape.pick({ refunds: true }).parse(called.body)]).toEqual([202, { refunds: seats }]);
    const killed = (async () => {
      for (const name of ['payment-1', 'reservation-1', 'payment-1']) await killAndStart(name);
    })();
    const seen: z.infer<typeof progressShape>[] = [];
    await eventually(
      'all refunds',
      async () => {
        const reply = await asOperator('GET', `performances/${sale.performanceId}/cancellation`);
        if (reply.status === 200) seen.push(progressShape.parse(reply.body));
        return seen.at(-1)?.done === seats ? true : undefined;
      },
      90_000,
    );
    await killed;
    expect(seen.every(({ refunds }) => refunds === seats)).toBe(true);
    const counts = seen.map(({ done }) => done);
    expect(counts).toEqual(counts.toSorted((one, other) => one - other));

    expect(await countSeats(shop, sale)).toEqual({ AVAILABLE: seats });
    const wallets = await Promise.all(orders.map((order) => walletOf(shop, order)));
    expect(wallets).toEqual(Array(seats).fill({ balance: points, reserved: 0 }));
    const [order] = orders;
    const reservation = await shop.api.call(reservationShape, 'GET', `/reservations/${order?.reservationId}`, {
      token: order?.token ?? '',
    });
    expect(reservation.status).toBe('REFUNDED');
    expect(await listed(sale)).toMatchObject([{ status: 'CANCELLED', availableSeats: 0 }]);
    expect(await concertOf(sale)).toMatchObject({ status: 'CANCELLED' });
    const again = await asOperator('POST', `performances/${sale.performanceId}/cancel`);
    expect([again.status, progressShape.pick({ refunds: true }).parse(again.body)]).toEqual([202, { refunds: seats }]);
    await expectCleanBooks(shop);
  }, 240_000);

  it('takes the ticket, the hold, the seat and the place in the room from everybody', async () => {
    const sale = await openSale(shop, 4);
    const [owner, holder, late] = await Promise.all([1, 2, 3].map(() => newVisitor(shop, sale, points)));
    if (!owner || !holder || !late) throw new Error('no visitors');
    const seatIds = await seatIdsOf(sale, owner);
    const paid = paymentShape.parse((await owner.pay(await holdFor(owner, sale, [seatIds[0] ?? '']))).body);
    const held = await holdFor(holder, sale, [seatIds[1] ?? '']);
    expect((await asOperator('POST', `concerts/${sale.concertId}/cancel`)).status).toBe(202);

    await eventually('the end of the sale', async () => {
      const reply = await late.hold(sale.performanceId, late.pass, [seatIds[2] ?? '']);
      return JSON.stringify(reply.body).includes('sale-over') ? true : undefined;
    });
    expectRefusal(await holder.pay(held), 409, 'sale-over');
    expect(await walletOf(shop, holder)).toEqual({ balance: points, reserved: 0 });
    await eventually('the map without a free seat', async () => {
      const { seats } = await owner.seatMap(sale.performanceId, owner.pass);
      return seats.every(({ status }) => status === 'SOLD') || undefined;
    });
    const ticketId = paid.tickets?.[0]?.id ?? '';
    const ticket = await shop.api.send('GET', `/tickets/${ticketId}`, { token: owner.token });
    expect(ticket.body).toMatchObject({ status: 'VOID' });
    await eventually('the refund', async () => ((await walletOf(shop, owner)).balance === points ? true : undefined));
    const [stranger] = await newBuyers(shop, 1);
    await eventually('the closed room', async () => {
      const joined = await shop.api.send('POST', '/queue/tokens', { token: stranger?.token ?? '', body: { concertId: sale.concertId } });
      return JSON.stringify(joined.body).includes('sale-over') ? true : undefined;
    });
    expect((await shop.api.send('GET', `/queue/rooms/${sale.concertId}`)).body).toMatchObject({ state: 'CLOSED' });
    expectRefusal(await asOperator('PATCH', `concerts/${sale.concertId}`, { title: 'x' }), 409, 'concert-cancelled');
  }, 120_000);

  it('is called off by its organiser and by operators only', async () => {
    const sale = await openSale(shop, 1);
    const [rival, fan] = [await newOrganiser(shop), await newVisitor(shop, sale, 0)];
    const path = `performances/${sale.performanceId}`;
    const requests: ['GET' | 'POST' | 'PATCH', string, unknown, string][] = [
      ['POST', `${path}/cancel`, undefined, 'performance-not-found'],
      ['GET', `${path}/cancellation`, undefined, 'performance-not-found'],
      ['PATCH', path, { maxSeatsPerPerson: 1 }, 'performance-not-found'],
      ['POST', `concerts/${sale.concertId}/cancel`, undefined, 'concert-not-found'],
      ['POST', `concerts/${sale.concertId}/publish`, undefined, 'concert-not-found'],
    ];
    for (const [method, at, body, code] of requests) {
      expectRefusal(await shop.api.send(method, `/admin/${at}`, { token: rival.token, body }), 404, code);
      expectRefusal(await shop.api.send(method, `/admin/${at}`, { token: fan.token, body }), 403, 'forbidden');
      expectRefusal(await shop.api.send(method, `/admin/${at}`, { body }), 401, 'unauthenticated');
    }
    expectRefusal(await asOperator('GET', `${path}/cancellation`), 404, 'cancellation-not-found');
    expectRefusal(await asOperator('PATCH', path, { startsAt: '2020-01-01T00:00:00Z' }), 422, 'invalid-time');
    expectRefusal(await asOperator('PATCH', path, { nonsense: 1 }), 422, 'invalid-request');
    const own = await shop.api.call(z.object({ items: z.array(concertShape) }), 'GET', '/admin/concerts', { token: rival.token });
    expect(own.items).toEqual([]);
  });
});

describe('a performance that is moved', () => {
  it('has the same tickets, good until a day after its new time, and is listed with it', async () => {
    const sale = await openSale(shop, 2);
    const visitor = await newVisitor(shop, sale, points);
    const [seatId = ''] = await seatIdsOf(sale, visitor);
    const paid = paymentShape.parse((await visitor.pay(await holdFor(visitor, sale, [seatId]))).body);
    const startsAt = new Date(Date.now() + 90 * 86_400_000).toISOString();
    expect((await asOperator('PATCH', `performances/${sale.performanceId}`, { startsAt })).body).toMatchObject({
      startsAt,
      status: 'SCHEDULED',
    });
    expect(await listed(sale)).toMatchObject([{ startsAt }]);
    const ticketId = paid.tickets?.[0]?.id ?? '';
    await eventually('the new time', async () => {
      const { body } = await shop.api.send('GET', `/tickets/${ticketId}`, { token: visitor.token });
      const { qr, status } = z.object({ qr: z.string(), status: z.string() }).parse(body);
      expect(status).toBe('VALID');
      return decodeJwt(qr).exp === Math.floor((Date.parse(startsAt) + 86_400_000) / 1_000) || undefined;
    });
    const mine = z.object({ items: z.array(z.object({ performance: z.object({ startsAt: z.string() }) })) });
    expect(await shop.api.call(mine, 'GET', '/users/me/reservations', { token: visitor.token })).toMatchObject({
      items: [{ performance: { startsAt } }],
    });
  }, 60_000);
});

describe('a draft', () => {
  it('is nowhere until it is published; then it is found, and its room opens when the sale does', async () => {
    const organiser = await newOrganiser(shop);
    const word = `draft${randomUUID().replaceAll('-', '')}`;
    const venue = { name: word, city: 'Seoul', timeZone: 'Asia/Seoul' };
    const body = { title: word, artist: word, description: '', venue, saleOpensAt: new Date(Date.now() + 3_600_000).toISOString() };
    const { token } = organiser;
    const draft = await shop.api.call(concertShape, 'POST', '/admin/concerts', { token, body: { ...body, draft: true } });
    expect(draft.status).toBe('DRAFT');
    const sections = [{ name: 'Floor', rows: 1, seatsPerRow: 2, price: 1_000 }];
    const night = { startsAt: new Date(Date.now() + 86_400_000).toISOString(), sections };
    expect((await shop.api.send('POST', `/admin/concerts/${draft.id}/performances`, { token, body: night })).status).toBe(201);
    const [fan] = await newBuyers(shop, 1);
    const join = () => shop.api.send('POST', '/queue/tokens', { token: fan?.token ?? '', body: { concertId: draft.id } });
    const search = async () =>
      (await shop.api.call(z.object({ items: z.array(concertShape) }), 'GET', `/concerts?q=${word}`)).items.map(({ id }) => id);
    for (const path of [`/concerts/${draft.id}`, `/concerts/${draft.id}/performances`, `/queue/rooms/${draft.id}`]) {
      expectRefusal(await shop.api.send('GET', path), 404, 'concert-not-found');
    }
    expectRefusal(await join(), 404, 'concert-not-found');
    expect(await search()).toEqual([]);
    const own = await shop.api.call(z.object({ items: z.array(concertShape) }), 'GET', '/admin/concerts', { token });
    expect(own.items.map(({ id, status }) => [id, status])).toEqual([[draft.id, 'DRAFT']]);

    expect((await shop.api.send('POST', `/admin/concerts/${draft.id}/publish`, { token })).status).toBe(202);
    await eventually('the search', async () => ((await search()).includes(draft.id) ? true : undefined));
    const place = await eventually('the room', async () => {
      const reply = await join();
      return reply.status < 300 ? tokenShape.parse(reply.body) : undefined;
    });
    expect(place.status).toBe('PRE_OPEN');
    const now = new Date(Date.now() - 1_000).toISOString();
    expect((await shop.api.send('PATCH', `/admin/concerts/${draft.id}`, { token, body: { saleOpensAt: now } })).status).toBe(200);
    await eventually('the opening', async () => {
      const { status } = await shop.api.call(tokenShape, 'GET', `/queue/tokens/${draft.id}`, { token: fan?.token ?? '' });
      return status === 'ACTIVE' || undefined;
    });
  }, 60_000);
});
