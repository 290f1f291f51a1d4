import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { type ApiReply, problemCode } from '../../client/api-client.ts';
import { paymentShape } from '../../client/shapes.ts';
import { startProcess, stopProcess } from '../../control.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import type { ServiceName } from '../../services.ts';
import * as shapes from './api-shapes.ts';
import { expectCleanBooks } from './clean-books.ts';
import {
  countSeats,
  eventually,
  holdFor,
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
let visitor: Visitor;
let seatIds: string[];

beforeAll(async () => {
  shop = await openTestShop();
});
beforeEach(async () => {
  sale = await openSale(shop, 5);
  visitor = await newVisitor(shop, sale, 200_000);
  seatIds = await seatIdsOf(sale, visitor);
});
afterAll(async () => {
  await start('concert');
  await start('reservation');
  await shop.close();
}, 120_000);

function processesOf(service: ServiceName): string[] {
  return shop.stack.instances.filter((instance) => instance.service === service).map(({ name }) => name);
}

async function stop(service: ServiceName): Promise<void> {
  await Promise.all(processesOf(service).map((name) => stopProcess('test', name)));
}

async function start(service: ServiceName): Promise<void> {
  await Promise.all(processesOf(service).map((name) => startProcess('test', name)));
}

function expectOutage(reply: ApiReply): void {
  expect(reply.status).toBe(503);
  expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
  expect(shapes.problemShape.parse(reply.body)).toMatchObject({ status: 503, code: 'temporarily-unavailable' });
}

/** Looks until the answer is good, as a client would that was told to come back. */
function recovers(path: string, token?: string): Promise<ApiReply> {
  return eventually(`${path} answers again`, async () => {
    const reply = await shop.api.send('GET', path, { token });
    return reply.status === 200 ? reply : undefined;
  });
}

describe('without the concert service', () => {
  it('what is listed can still be bought; the rest says 503 and recovers by itself', async () => {
    const routes = ['/concerts', `/concerts/${sale.concertId}`, `/concerts/${sale.concertId}/performances`, '/concerts/suggestions?q=x'];
    await stop('concert');
    for (const route of routes) {
      // An answer that was made just before is given for a second.
      const refused = await eventually(`${route} is out`, async () => {
        const reply = await shop.api.send('GET', route);
        return reply.status === 200 ? undefined : reply;
      });
      expectOutage(refused);
    }

    const late = await newVisitor(shop, sale, 200_000);
    const reservationId = await holdFor(late, sale, [seatIds[1]!]);
    const paid = await late.pay(reservationId);
    expect([paid.status, paymentShape.parse(paid.body).status]).toEqual([201, 'COMPLETED']);
    const ticketId = paymentShape.parse(paid.body).tickets?.[0]?.id ?? '';
    expect((await shop.api.send('GET', `/tickets/${ticketId}`, { token: late.token })).status).toBe(200);
    const mine = await shop.api.send('GET', '/users/me/reservations', { token: late.token });
    expect(mine).toMatchObject({ status: 200, body: { items: [{ id: reservationId, concert: { id: sale.concertId, title: null } }] } });

    await start('concert');
    for (const route of routes) await recovers(route);
    const named = await shop.api.call(shapes.myReservations, 'GET', '/users/me/reservations', { token: late.token });
    expect(named.items[0]?.concert).toEqual({ id: sale.concertId, title: sale.title });
  }, 120_000);
});

describe('without the reservation service', () => {
  type Payment = z.infer<typeof shapes.payment>;
  const look = (id: string): Promise<Payment> => shop.api.call(shapes.payment, 'GET', `/payments/${id}`, { token: visitor.token });

  it('a payment waits with its points set aside, and completes by itself', async () => {
    const reservationId = await holdFor(visitor, sale, [seatIds[0]!]);
    // The payment service knows the price from the event of the hold.
    await eventually('the hold is known to payments', async () => {
      const rows = await shop.books.payment.rows('SELECT LOWER(HEX(reservation_id)) AS id FROM payable_reservations');
      return rows.some(({ id }) => id === reservationId.replaceAll('-', '')) ? true : undefined;
    });
    await stop('reservation');
    const { token, pass } = visitor;
    const request = { token, pass, idempotencyKey: 'while-out', body: { reservationId } };
    const reply = await shop.api.send('POST', '/payments', request);
    expect(reply.status).toBe(202);
    const pending = shapes.payment.parse(reply.body);
    expect(pending).toMatchObject({ reservationId, amount: sale.price, status: 'PENDING' });
    expect(reply.headers.location).toBe(`/api/v1/payments/${pending.id}`);
    expect(await walletOf(shop, visitor)).toEqual({ balance: 200_000, reserved: sale.price });
    const { performanceId } = sale;
    expectOutage(
      await shop.api.send('POST', '/reservations', { token, pass, idempotencyKey: 'out', body: { performanceId, quantity: 1 } }),
    );

    await start('reservation');
    const completed = await eventually('the payment ends', async () => {
      const payment = await look(pending.id);
      return payment.status === 'PENDING' ? undefined : payment;
    });
    expect(completed).toMatchObject({ id: pending.id, status: 'COMPLETED', tickets: [{ seatId: seatIds[0] }] });
    expect(await walletOf(shop, visitor)).toEqual({ balance: 200_000 - sale.price, reserved: 0 });
    expect(await countSeats(shop, sale)).toEqual({ AVAILABLE: 4, SOLD: 1 });
    const again = await shop.api.send('POST', '/payments', request);
    expect([again.status, again.body]).toEqual([201, completed]);
    expect(problemCode(await visitor.pay(reservationId))).toBe('already-paid');
    await recovers(`/reservations/${reservationId}`, token);
  }, 120_000);

  it('leaves the books clean', () => expectCleanBooks(shop));
});
