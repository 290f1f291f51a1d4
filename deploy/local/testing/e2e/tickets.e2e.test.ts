import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import type { ApiReply, ApiRequest } from '../../client/api-client.ts';
import type { Buyer } from '../../client/buyer.ts';
import { paymentShape } from '../../client/shapes.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import * as shapes from './api-shapes.ts';
import { expectCleanBooks } from './clean-books.ts';
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
let buyer: Visitor;
let friend: Buyer;
let stranger: Buyer;
let payment: z.infer<typeof paymentShape>;
let ticketIds: string[];
let taken: string;

beforeAll(async () => {
  shop = await openTestShop();
  sale = await openSale(shop, 4);
  buyer = await newVisitor(shop, sale, 500_000);
  [friend, stranger] = [await newBuyer(shop, 0), await newBuyer(shop, 0)];
  const seatIds = (await seatIdsOf(sale, buyer)).slice(0, 2);
  payment = paymentShape.parse((await buyer.pay(await holdFor(buyer, sale, seatIds))).body);
  ticketIds = (payment.tickets ?? []).map(({ id }) => id);
});
afterAll(() => shop.close());

const as = ({ token }: Buyer, request: ApiRequest = {}): ApiRequest => ({ token, idempotencyKey: randomUUID(), ...request });
const offerTo = (owner: Buyer, ticketId: string) => shop.api.send('POST', `/tickets/${ticketId}/transfers`, as(owner, { body: {} }));
const accept = (taker: Buyer, token: string) => shop.api.send('POST', `/transfers/${token}`, as(taker));
const look = (owner: Buyer, ticketId: string) => shop.api.send('GET', `/tickets/${ticketId}`, { token: owner.token });
const calendarOf = async (owner: Buyer, ticketId: string): Promise<ApiReply & { lines: string[] }> => {
  const reply = await shop.api.send('GET', `/tickets/${ticketId}.ics`, { token: owner.token });
  return { ...reply, lines: typeof reply.body === 'string' ? reply.body.replaceAll('\r\n ', '').split('\r\n') : [] };
};

/** The token in the link for a ticket, and its id. */
async function linkFor(owner: Buyer, ticketId: string): Promise<{ id: string; token: string }> {
  const reply = await offerTo(owner, ticketId);
  expect(reply.status).toBe(201);
  const { id, link } = shapes.transferOffer.parse(reply.body);
  expect(link).toMatch(new RegExp(`^${shop.stack.gatewayUrl}/transfers#[\\w-]{43}$`));
  return { id, token: new URL(link).hash.slice(1) };
}

describe('tickets of a buyer', () => {
  it('are listed with what they are for, page by page', async () => {
    const concert = await shop.api.call(shapes.concert, 'GET', `/concerts/${sale.concertId}`);
    const { token } = buyer;
    const page = await shop.api.call(shapes.myTickets, 'GET', '/users/me/tickets', { token });
    expect(new Set(page.items.map(({ id }) => id))).toEqual(new Set(ticketIds));
    const { venue, title, artist } = concert;
    for (const item of page.items) {
      expect(item).toMatchObject({
        ...{ status: 'VALID', performanceId: sale.performanceId, concert: { id: sale.concertId, title, artist } },
        ...{ venue: { id: venue.id, name: venue.name, city: venue.city }, timeZone: venue.timeZone },
      });
    }
    const first = await shop.api.call(shapes.myTickets, 'GET', '/users/me/tickets?limit=1', { token });
    const second = await shop.api.call(shapes.myTickets, 'GET', `/users/me/tickets?limit=1&cursor=${first.nextCursor ?? ''}`, { token });
    expect([...first.items, ...second.items]).toEqual(page.items);
    expect(second.nextCursor).toBeNull();
    const ticket = await shop.api.call(shapes.ticket, 'GET', `/tickets/${page.items[0]?.id ?? ''}`, { token });
    expect(ticket).toMatchObject({ ...page.items[0], qr: expect.any(String) });
  });

  it('go into calendars', async () => {
    const { items } = await shop.api.call(shapes.myTickets, 'GET', '/users/me/tickets', { token: buyer.token });
    const [ticket] = items;
    const { status, headers, lines } = await calendarOf(buyer, ticket?.id ?? '');
    expect([status, headers['content-type']]).toEqual([200, 'text/calendar; charset=utf-8']);
    const startsAt = ticket?.startsAt.replace(/[-:]|\.\d{3}/g, '');
    expect(lines).toEqual(expect.arrayContaining([`UID:${ticket?.id}`, `DTSTART:${startsAt}`, 'STATUS:CONFIRMED']));
    expectRefusal(await calendarOf(stranger, ticket?.id ?? ''), 404, 'ticket-not-found');
  });
});

describe('a ticket that is passed on', () => {
  it('is its buyer’s until somebody accepts the link', async () => {
    const [ticketId = ''] = ticketIds;
    expectRefusal(await offerTo(stranger, ticketId), 404, 'ticket-not-found');
    const first = await linkFor(buyer, ticketId);
    expectRefusal(await offerTo(buyer, ticketId), 409, 'transfer-open');
    expectRefusal(await shop.api.send('DELETE', `/tickets/${ticketId}/transfers/${first.id}`, as(stranger)), 404, 'transfer-not-found');
    expect((await shop.api.send('DELETE', `/tickets/${ticketId}/transfers/${first.id}`, as(buyer))).status).toBe(204);
    expectRefusal(await accept(friend, first.token), 410, 'transfer-gone');
    const { id, token } = await linkFor(buyer, ticketId);
    expect((await look(buyer, ticketId)).body).toMatchObject({ status: 'VALID', transfer: { id } });

    const reply = await accept(friend, token);
    expect(reply.status).toBe(201);
    const ticket = shapes.ticket.parse(reply.body);
    expect(ticket).toMatchObject({ status: 'VALID', performanceId: sale.performanceId, qr: expect.any(String) });
    taken = ticket.id;
    for (const taker of [friend, stranger]) expectRefusal(await accept(taker, token), 410, 'transfer-gone');
    expectRefusal(await accept(stranger, 'x'.repeat(43)), 410, 'transfer-gone');
    expectRefusal(await shop.api.send('DELETE', `/tickets/${ticketId}/transfers/${id}`, as(buyer)), 410, 'transfer-gone');
  });

  it('is void for its buyer, also in calendars, and good for the other', async () => {
    const [ticketId = ''] = ticketIds;
    const old = shapes.ticket.parse((await look(buyer, ticketId)).body);
    expect([old.status, old.qr]).toEqual(['VOID', undefined]);
    expect((await calendarOf(buyer, ticketId)).lines).toContain('STATUS:CANCELLED');
    expect((await calendarOf(friend, taken)).lines).toEqual(expect.arrayContaining([`UID:${taken}`, 'STATUS:CONFIRMED']));
    const { items } = await shop.api.call(shapes.myTickets, 'GET', '/users/me/tickets', { token: friend.token });
    expect(items.map(({ id }) => id)).toEqual([taken]);
    expectRefusal(await look(buyer, taken), 404, 'ticket-not-found');
    expectRefusal(await look(friend, ticketId), 404, 'ticket-not-found');
    expectRefusal(await offerTo(buyer, ticketId), 409, 'ticket-void');
    const reservation = await shop.api.call(shapes.reservation, 'GET', `/reservations/${payment.reservationId}`, { token: buyer.token });
    expect(reservation.tickets?.map(({ id }) => id)).toEqual([ticketIds[1]]);
  });

  it('can’t be refunded by its buyer', async () => {
    const balance = await walletOf(shop, buyer);
    expectRefusal(await shop.api.send('POST', `/payments/${payment.id}/refunds`, as(buyer, { body: {} })), 409, 'refund-not-allowed');
    expect([await walletOf(shop, buyer), await countSeats(shop, sale)]).toEqual([balance, { AVAILABLE: 2, SOLD: 2 }]);
    await expectCleanBooks(shop);
  });

  it('is refunded by an operator, to its buyer', async () => {
    const cancel = as(shop.operator, { body: { reason: 'The singer was ill.' } });
    expect((await shop.api.send('POST', `/admin/payments/${payment.id}/cancel`, cancel)).status).toBe(201);
    expect(await walletOf(shop, buyer)).toEqual({ balance: 500_000, reserved: 0 });
    expect((await look(friend, taken)).body).toMatchObject({ status: 'VOID' });
    await expectCleanBooks(shop);
  });
});
