import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createBuyer, logIn } from '../../client/buyer.ts';
import { paymentShape } from '../../client/shapes.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import * as shapes from './api-shapes.ts';
import { expectRefusal } from './refusals.ts';
import { admit, holdFor, newOrganiser, newVisitor, openSale, openTestShop, seatIdsOf, type TestShop, type Visitor } from './test-shop.ts';

const me = z.object({ id: z.string() });
const auditPage = z.object({ items: z.array(z.object({ action: z.string(), subject: z.string() })) });

let shop: TestShop;
let sale: Sale;
const email = `${randomUUID()}@example.com`;
const found = { buyerId: '', orderId: '', paymentId: '', ticketId: '', seatId: '', holdId: '' };

beforeAll(async () => {
  shop = await openTestShop();
  sale = await openSale(shop, 6);
  const buyer: Visitor = await admit(await createBuyer(shop.api, email), sale);
  await buyer.charge(500_000);
  const seatIds = await seatIdsOf(sale, buyer);
  const [seatId = '', held = ''] = seatIds;
  const orderId = await holdFor(buyer, sale, [seatId]);
  const payment = paymentShape.parse((await buyer.pay(orderId)).body);
  const { id: buyerId } = await shop.api.call(me, 'GET', '/users/me', { token: buyer.token });
  const other = await newVisitor(shop, sale);
  const holdId = await holdFor(other, sale, [held]);
  Object.assign(found, { buyerId, orderId, paymentId: payment.id, ticketId: payment.tickets?.[0]?.id, seatId, holdId });
});
afterAll(() => shop.close());

const ask = (path: string, { token } = shop.operator) => shop.api.send('GET', `/admin/${path}`, { token });
const listed = async (query: string) => shapes.orders.parse((await ask(`orders?${query}`)).body).items.map(({ id }) => id);

describe('orders', () => {
  it('are found by concert, buyer and seat', async () => {
    const concert = `concertId=${sale.concertId}`;
    expect(await listed(concert)).toEqual([found.holdId, found.orderId]);
    expect(await listed(`${concert}&email=${email}`)).toEqual([found.orderId]);
    expect(await listed(`email=${email.toUpperCase()}`)).toEqual([found.orderId]);
    expect(await listed(`seat=${found.seatId}`)).toEqual([found.orderId]);
    expect(await listed(`${concert}&email=nobody-${email}`)).toEqual([]);
  });

  it('are shown with payment, buyer and tickets', async () => {
    const order = shapes.order.parse((await ask(`orders/${found.orderId}`)).body);
    expect(order).toMatchObject({
      ...{ status: 'CONFIRMED', paymentId: found.paymentId, buyer: { id: found.buyerId, email, name: 'Buyer' } },
      payment: { id: found.paymentId, status: 'COMPLETED' },
      tickets: [{ id: found.ticketId, seatId: found.seatId, ownerId: found.buyerId, status: 'VALID' }],
    });
    expect(shapes.order.parse((await ask(`orders/${found.holdId}`)).body)).toMatchObject({ status: 'HELD', payment: null, tickets: [] });
  });

  it('are there for the organiser of the concert too', async () => {
    const organiser = await logIn(shop.api, 'organiser@example.com');
    expect((await ask(`orders?concertId=${sale.concertId}`, organiser)).status).toBe(200);
    expect((await ask(`orders/${found.orderId}`, organiser)).status).toBe(200);
  });

  it('and attendees are the organiser’s own, and not there for another one', async () => {
    const rival = await newOrganiser(shop);
    expectRefusal(await ask(`orders?concertId=${sale.concertId}`, rival), 404, 'concert-not-found');
    expectRefusal(await ask(`orders/${found.orderId}`, rival), 404, 'order-not-found');
    expectRefusal(await ask(`performances/${sale.performanceId}/attendees.csv`, rival), 404, 'performance-not-found');
    expectRefusal(await ask(`orders?email=${email}`, rival), 422, 'invalid-request');
    const fan = await newVisitor(shop, sale);
    for (const path of ['orders', `orders/${found.orderId}`, `performances/${sale.performanceId}/attendees.csv`]) {
      expectRefusal(await ask(path, fan), 403, 'forbidden');
      expectRefusal(await shop.api.send('GET', `/admin/${path}`), 401, 'unauthenticated');
    }
  });
});

describe('the attendees of a performance', () => {
  it('are a file, and who asked for it is in the audit', async () => {
    const reply = await ask(`performances/${sale.performanceId}/attendees.csv`);
    expect([reply.status, reply.headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8']);
    const [head, line = '', ...rest] = String(reply.body).split('\r\n');
    expect([head?.replace('\ufeff', ''), rest]).toEqual(['ticket id,section,row,number,price,status,name,email,bought at', ['']]);
    const { seats } = shapes.order.parse((await ask(`orders/${found.orderId}`)).body);
    const [{ section, row, number, price } = { section: '', row: '', number: 0, price: 0 }] = seats;
    const bought = [found.ticketId, section, row, String(number), String(price), 'VALID', 'Buyer', email];
    expect(line.split(',')).toEqual([...bought, expect.any(String)]);
    const { items } = await shop.api.call(auditPage, 'GET', '/admin/audit?limit=100', { token: shop.operator.token });
    expect(items.filter(({ action, subject }) => action === 'attendees.export' && subject === sale.performanceId)).toHaveLength(1);
  });

  it('are not there for a performance that there is not', async () => {
    expectRefusal(await ask(`performances/${found.orderId}/attendees.csv`), 404, 'performance-not-found');
  });
});
