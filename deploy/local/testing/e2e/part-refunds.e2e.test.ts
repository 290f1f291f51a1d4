import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import type { ApiReply } from '../../client/api-client.ts';
import { prepareSale, type Sale } from '../../demo/prepare-sale.ts';
import * as shapes from './api-shapes.ts';
import { expectCleanBooks } from './clean-books.ts';
import { expectRefusal } from './refusals.ts';
import { countSeats, holdFor, newVisitor, openSale, openTestShop, seatIdsOf, type TestShop, type Visitor, walletOf } from './test-shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

const points = 500_000;

interface Order {
  visitor: Visitor;
  reservation: string;
  payment: string;
  tickets: { id: string; seatId: string }[];
}

async function buy(sale: Sale, seatIds: string[], visitor?: Visitor): Promise<Order> {
  const buyer = visitor ?? (await newVisitor(shop, sale, points));
  const reservation = await holdFor(buyer, sale, seatIds);
  const reply = await buyer.pay(reservation);
  expect(reply.status).toBe(201);
  const { id, tickets = [] } = shapes.payment.parse(reply.body);
  return { visitor: buyer, reservation, payment: id, tickets };
}

function refund({ visitor, payment }: Order, body: unknown, idempotencyKey: string = randomUUID()): Promise<ApiReply> {
  return shop.api.sendPatiently('POST', `/payments/${payment}/refunds`, { token: visitor.token, idempotencyKey, body });
}

const own = ({ visitor: { token } }: Order) => ({ token });
const paymentOf = (order: Order) => shop.api.call(shapes.payment, 'GET', `/payments/${order.payment}`, own(order));
const reservationOf = (order: Order) => shop.api.call(shapes.reservation, 'GET', `/reservations/${order.reservation}`, own(order));
const ticketOf = (order: Order, { id }: { id: string }): Promise<z.infer<typeof shapes.ticket>> =>
  shop.api.call(shapes.ticket, 'GET', `/tickets/${id}`, own(order));

describe('one ticket of two', () => {
  it('is given back: its seat is somebody else’s, the other ticket is good, and the rest can follow', async () => {
    const sale = await openSale(shop, 4);
    const visitor = await newVisitor(shop, sale, points);
    const seatIds = (await seatIdsOf(sale, visitor)).slice(0, 2);
    const order = await buy(sale, seatIds, visitor);
    const [gone, kept] = [order.tickets[0]!, order.tickets[1]!];

    const key = randomUUID();
    const reply = await refund(order, { ticketIds: [gone.id] }, key);
    expect(reply.status).toBe(201);
    const first = shapes.refund.parse(reply.body);
    expect(first).toMatchObject({ paymentId: order.payment, amount: sale.price, status: 'COMPLETED', ticketIds: [gone.id] });
    expect(await walletOf(shop, visitor)).toEqual({ balance: points - sale.price, reserved: 0 });
    expect(await paymentOf(order)).toMatchObject({
      status: 'COMPLETED',
      amount: 2 * sale.price,
      refundedAmount: sale.price,
      tickets: [kept],
    });
    const { status, seats, tickets } = await reservationOf(order);
    expect({ status, tickets, returned: seats.map(({ id, returned }) => [id, returned]).sort() }).toEqual({
      status: 'CONFIRMED',
      tickets: [kept],
      returned: [
        [gone.seatId, true],
        [kept.seatId, undefined],
      ].sort(),
    });
    expect([(await ticketOf(order, gone)).status, (await ticketOf(order, kept)).status]).toEqual(['VOID', 'VALID']);

    expect((await refund(order, { ticketIds: [gone.id] }, key)).body).toEqual(reply.body);
    expectRefusal(await refund(order, { ticketIds: [kept.id] }, key), 422, 'idempotency-key-reused');
    expectRefusal(await refund(order, { ticketIds: [gone.id] }), 409, 'already-refunded');
    expectRefusal(await refund(order, { ticketIds: [gone.id, kept.id] }), 409, 'already-refunded');

    const next = await buy(sale, [gone.seatId]);
    expect(next.tickets).toMatchObject([{ seatId: gone.seatId }]);
    expect(await countSeats(shop, sale)).toEqual({ AVAILABLE: 2, SOLD: 2 });

    expect(shapes.refund.parse((await refund(order, {})).body)).toMatchObject({
      amount: sale.price,
      status: 'COMPLETED',
      ticketIds: [kept.id],
    });
    expect(await walletOf(shop, visitor)).toEqual({ balance: points, reserved: 0 });
    expect(await paymentOf(order)).toMatchObject({ status: 'REFUNDED', refundedAmount: 2 * sale.price });
    expect((await reservationOf(order)).status).toBe('REFUNDED');
    expect((await ticketOf(next, next.tickets[0]!)).status).toBe('VALID');
    expectRefusal(await refund(order, {}), 409, 'already-refunded');
    await expectCleanBooks(shop);
  });

  it('makes room for another one under the person’s limit', async () => {
    const sale = await openSale(shop, 6);
    const visitor = await newVisitor(shop, sale, points);
    const seatIds = await seatIdsOf(sale, visitor);
    const order = await buy(sale, seatIds.slice(0, 4), visitor);
    expectRefusal(await visitor.hold(sale.performanceId, visitor.pass, [seatIds[4]!]), 409, 'person-limit-reached');
    expect((await refund(order, { ticketIds: [order.tickets[0]!.id] })).status).toBe(201);
    expect((await visitor.hold(sale.performanceId, visitor.pass, [seatIds[4]!])).status).toBe(201);
    expectRefusal(await visitor.hold(sale.performanceId, visitor.pass, [seatIds[5]!]), 409, 'person-limit-reached');
  });

  it('is nobody else’s: not of another payment, and not of another person', async () => {
    const sale = await openSale(shop, 4);
    const visitor = await newVisitor(shop, sale, points);
    const seatIds = await seatIdsOf(sale, visitor);
    const [order, other] = [await buy(sale, seatIds.slice(0, 2), visitor), await buy(sale, seatIds.slice(2, 4))];
    for (const id of [other.tickets[0]!.id, sale.concertId]) {
      expectRefusal(await refund(order, { ticketIds: [id] }), 404, 'ticket-not-found');
    }
    const stranger = { ...order, visitor: other.visitor };
    expectRefusal(await refund(stranger, { ticketIds: [order.tickets[0]!.id] }), 404, 'payment-not-found');
    expect(await countSeats(shop, sale)).toEqual({ SOLD: 4 });
  });

  it('is cancelled by an operator, and that is written down', async () => {
    const sale = await openSale(shop, 2);
    const visitor = await newVisitor(shop, sale, points);
    const order = await buy(sale, await seatIdsOf(sale, visitor), visitor);
    const [gone, kept] = order.tickets;
    const path = `/admin/payments/${order.payment}/cancel`;
    const body = { reason: 'a broken chair', ticketIds: [gone!.id] };
    expectRefusal(await shop.api.send('POST', path, { token: visitor.token, body }), 403, 'forbidden');
    expectRefusal(await shop.api.send('POST', path, { body }), 401, 'unauthenticated');
    const cancelled = await shop.api.send('POST', path, { token: shop.operator.token, idempotencyKey: randomUUID(), body });
    expect(cancelled).toMatchObject({ status: 201, body: { amount: sale.price, status: 'COMPLETED', ticketIds: [gone!.id] } });
    expect(await paymentOf(order)).toMatchObject({ status: 'COMPLETED', tickets: [kept] });
    const unknown = await shop.api.send('POST', path, { token: shop.operator.token, body: { ...body, ticketIds: [sale.concertId] } });
    expectRefusal(unknown, 404, 'ticket-not-found');
  });

  it('comes back once, and so does the other, however many ask at once', async () => {
    const sale = await openSale(shop, 2);
    const visitor = await newVisitor(shop, sale, points);
    const order = await buy(sale, await seatIdsOf(sale, visitor), visitor);
    const bodies = Array.from({ length: 5 }, () => [{}, ...order.tickets.map(({ id }) => ({ ticketIds: [id] }))]).flat();
    const replies = await Promise.all(bodies.map((body) => refund(order, body)));
    const done = replies.filter(({ status }) => status === 201).map(({ body }) => shapes.refund.parse(body).amount);
    expect(done.reduce((sum, amount) => sum + amount, 0)).toBe(2 * sale.price);
    expect(replies.filter(({ status }) => status === 409)).toHaveLength(bodies.length - done.length);
    expect(await walletOf(shop, visitor)).toEqual({ balance: points, reserved: 0 });
    expect(await countSeats(shop, sale)).toEqual({ AVAILABLE: 2 });
    await expectCleanBooks(shop);
  });
});

describe('seats that cost nothing', () => {
  const free = { name: 'Lawn', rows: 1, seatsPerRow: 2, price: 0 };

  it('are held, paid for and given back without points', async () => {
    const sale = await prepareSale(shop.api, shop.stack, { seats: 2, capacity: 1_000, sections: [free] });
    const { items } = await shop.api.call(shapes.performances, 'GET', `/concerts/${sale.concertId}/performances`);
    expect(items).toMatchObject([{ priceFrom: 0, priceTo: 0, availableSeats: 2 }]);
    const visitor = await newVisitor(shop, sale, 0);
    const order = await buy(sale, await seatIdsOf(sale, visitor), visitor);
    expect(await paymentOf(order)).toMatchObject({ status: 'COMPLETED', amount: 0, refundedAmount: 0 });
    expect((await reservationOf(order)).amount).toBe(0);
    expect(shapes.refund.parse((await refund(order, { ticketIds: [order.tickets[0]!.id] })).body)).toMatchObject({
      amount: 0,
      status: 'COMPLETED',
    });
    expect(shapes.refund.parse((await refund(order, {})).body)).toMatchObject({ amount: 0, status: 'COMPLETED' });
    expect((await paymentOf(order)).status).toBe('REFUNDED');
    const { items: entries } = await shop.api.call(shapes.ledger, 'GET', '/points/ledger', { token: visitor.token });
    expect([entries, await walletOf(shop, visitor), await countSeats(shop, sale)]).toEqual([
      [],
      { balance: 0, reserved: 0 },
      { AVAILABLE: 2 },
    ]);
    await expectCleanBooks(shop);
  });

  it('can be in one order with others', async () => {
    const floor = { name: 'Floor', rows: 1, seatsPerRow: 2, price: 50_000 };
    const sale = await prepareSale(shop.api, shop.stack, { seats: 4, capacity: 1_000, sections: [floor, free] });
    const visitor = await newVisitor(shop, sale, points);
    const { seats } = await visitor.seatMap(sale.performanceId, visitor.pass);
    const [lawn, chair] = [seats.find(({ price }) => price === 0)!, seats.find(({ price }) => price > 0)!];
    const order = await buy(sale, [lawn.id, chair.id], visitor);
    const ticketFor = (seatId: string) => order.tickets.find((ticket) => ticket.seatId === seatId)!.id;
    expect((await paymentOf(order)).amount).toBe(50_000);
    expect(shapes.refund.parse((await refund(order, { ticketIds: [ticketFor(lawn.id)] })).body).amount).toBe(0);
    expect(shapes.refund.parse((await refund(order, { ticketIds: [ticketFor(chair.id)] })).body).amount).toBe(50_000);
    expect(await paymentOf(order)).toMatchObject({ status: 'REFUNDED', refundedAmount: 50_000 });
    expect(await walletOf(shop, visitor)).toEqual({ balance: points, reserved: 0 });
    await expectCleanBooks(shop);
  });
});
