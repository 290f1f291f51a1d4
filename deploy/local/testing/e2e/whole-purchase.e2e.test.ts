import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { request } from 'undici';
import { z } from 'zod';
import { type ApiRequest, problemCode } from '../../client/api-client.ts';
import * as shapes from './api-shapes.ts';
import { eventually, openTestShop, type TestShop } from './test-shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

const publicKeys = z.object({ keys: z.array(z.object({ kty: z.string(), crv: z.string(), x: z.string(), kid: z.string() })) });
const price = 70_000;
const day = 24 * 3_600_000;

// Each step needs what the one before left: one person's way from the sign-up to the refund, told in order.
describe('a purchase, from the sign-up to the refund', () => {
  const word = `Nachtmusik${randomUUID().replaceAll('-', '')}`;
  const credentials = { email: `${randomUUID()}@example.com`, password: 'a password of some length' };
  const found = {
    userId: '',
    token: '',
    pass: '',
    concertId: '',
    performanceId: '',
    seatId: '',
    reservationId: '',
    paymentId: '',
    ticketId: '',
  };
  const mine = (request: ApiRequest = {}): ApiRequest => ({ token: found.token, pass: found.pass, ...request });
  const once = (body: unknown): ApiRequest => mine({ body, idempotencyKey: randomUUID() });

  it('publishes a concert with a performance', async () => {
    const { token } = shop.operator;
    const concert = await shop.api.call(shapes.concert, 'POST', '/admin/concerts', {
      token,
      body: {
        title: `${word} – 봄밤의 콘서트`,
        artist: 'Ensemble Modern',
        description: 'Two hours.\nOne break.',
        venue: { name: '블루스퀘어', city: 'Seoul', timeZone: 'Asia/Seoul' },
        saleOpensAt: new Date(Date.now() - 60_000).toISOString(),
      },
    });
    expect(concert).toMatchObject({ title: `${word} – 봄밤의 콘서트`, artist: 'Ensemble Modern', startsOn: null, endsOn: null });
    const sections = [{ name: 'R', rows: 2, seatsPerRow: 5, price }];
    const body = { startsAt: new Date(Date.now() + 30 * day).toISOString(), sections, maxSeatsPerPerson: 2 };
    const path = `/admin/concerts/${concert.id}/performances`;
    const performance = await shop.api.call(shapes.scheduledPerformance, 'POST', path, { token, body });
    expect(performance.totalSeats).toBe(10);
    const changed = await shop.api.call(shapes.concert, 'PATCH', `/admin/concerts/${concert.id}`, { token, body: { artist: word } });
    expect(changed).toMatchObject({ id: concert.id, artist: word });
    const room = await shop.api.call(shapes.managedRoom, 'PUT', `/admin/rooms/${concert.id}`, { token, body: { capacity: 10 } });
    // The draw may be made in between.
    expect(await shop.api.call(shapes.managedRoom, 'GET', `/admin/rooms/${concert.id}`, { token })).toMatchObject(room);
    Object.assign(found, { concertId: concert.id, performanceId: performance.id });
  });

  it('signs up, logs in and knows who is there', async () => {
    const signUp = await shop.api.send('POST', '/users', { body: { ...credentials, name: '김하늘' } });
    expect(signUp.status).toBe(201);
    const account = shapes.newUser.parse(signUp.body);
    expect(account).toMatchObject({ email: credentials.email, name: '김하늘' });
    const again = await shop.api.send('POST', '/users', { body: { ...credentials, name: 'Somebody Else' } });
    expect([again.status, problemCode(again)]).toEqual([409, 'email-taken']);
    const wrong = await shop.api.send('POST', '/sessions', { body: { ...credentials, password: 'another password' } });
    expect([wrong.status, problemCode(wrong)]).toEqual([401, 'invalid-credentials']);
    const logIn = await shop.api.send('POST', '/sessions', { body: credentials });
    expect(logIn.status).toBe(201);
    found.token = shapes.session.parse(logIn.body).accessToken;
    expect(await shop.api.call(shapes.user, 'GET', '/users/me', { token: found.token })).toEqual({
      ...account,
      roles: ['fan'],
      locale: 'ko',
      verified: false,
    });
    found.userId = account.id;
  });

  it('finds the concert, by search, by suggestion and by itself', async () => {
    const listed = await eventually('the new concert in the search', async () => {
      const { items, degraded } = await shop.api.call(shapes.concertPage, 'GET', `/concerts?q=${word}`);
      return degraded ? undefined : items[0];
    });
    expect(listed).toMatchObject({ id: found.concertId, artist: word, venue: { city: 'Seoul', timeZone: 'Asia/Seoul' } });
    // The title had the word before the artist got it: the index may still know the concert without.
    const byArtist = await eventually('the concert under its new artist', async () => {
      const { items } = await shop.api.call(shapes.concertPage, 'GET', `/concerts?artist=${word}&limit=1`);
      return items[0];
    });
    expect(byArtist.id).toBe(found.concertId);
    await eventually('the artist among the suggestions', async () => {
      const { items } = await shop.api.call(shapes.suggestions, 'GET', `/concerts/suggestions?q=${word.slice(0, 14)}`);
      return items.find(({ text, kind }) => text === word && kind === 'artist');
    });
    const detail = await shop.api.call(shapes.concert, 'GET', `/concerts/${found.concertId}`);
    expect(detail.startsOn).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(detail).toEqual(listed);
  });

  it('sees the performance with its free seats', async () => {
    const path = `/concerts/${found.concertId}/performances?available=true`;
    const performance = await eventually('ten free seats', async () => {
      const { items } = await shop.api.call(shapes.performances, 'GET', path);
      return items[0]?.availableSeats === 10 ? items[0] : undefined;
    });
    expect(performance).toMatchObject({ id: found.performanceId, totalSeats: 10, priceFrom: price, priceTo: price });
  });

  it('joins the room once and gets a pass', async () => {
    const { token, concertId } = found;
    const first = await shop.api.send('POST', '/queue/tokens', { token, body: { concertId } });
    const second = await shop.api.send('POST', '/queue/tokens', { token, body: { concertId } });
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(shapes.queueToken.parse(second.body).position).toBe(shapes.queueToken.parse(first.body).position);
    const active = await eventually('a pass', async () => {
      const place = await shop.api.call(shapes.queueToken, 'GET', `/queue/tokens/${concertId}`, { token });
      return place.status === 'ACTIVE' ? place : undefined;
    });
    expect(active.passExpiresAt).toBeDefined();
    expect(await shop.api.call(shapes.room, 'GET', `/queue/rooms/${concertId}`)).toMatchObject({ concertId, joined: 1, soldOut: false });
    found.pass = active.pass ?? '';
  });

  it('looks at the seat map, and again for nothing while it is the same', async () => {
    const path = `/performances/${found.performanceId}/seats`;
    const reply = await shop.api.send('GET', path, mine());
    const map = shapes.seatMap.parse(reply.body);
    expect(map.seats.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 'AVAILABLE'));
    const etag = String(reply.headers.etag);
    const again = await shop.api.send('GET', path, mine({ headers: { 'if-none-match': etag } }));
    expect([again.status, again.body, again.headers.etag]).toEqual([304, undefined, etag]);
    found.seatId = map.seats[3]!.id;
  });

  it('holds a seat', async () => {
    const { performanceId, seatId } = found;
    const reply = await shop.api.send('POST', '/reservations', once({ performanceId, seatIds: [seatId] }));
    expect(reply.status).toBe(201);
    const held = shapes.reservation.parse(reply.body);
    expect(held).toMatchObject({ performanceId, status: 'HELD', amount: price, seats: [{ id: seatId, price }] });
    expect([held.tickets, held.paymentId]).toEqual([undefined, undefined]);
    expect(Date.parse(held.createdAt)).toBeLessThan(Date.parse(held.expiresAt));
    expect(await shop.api.call(shapes.reservation, 'GET', `/reservations/${held.id}`, mine())).toEqual(held);
    found.reservationId = held.id;
  });

  it('has too few points, charges the wallet and pays', async () => {
    const { reservationId, seatId } = found;
    const poor = await shop.api.send('POST', '/payments', once({ reservationId }));
    expect([poor.status, problemCode(poor)]).toEqual([409, 'insufficient-points']);
    const charged = await shop.api.send('POST', '/points/charges', once({ amount: 100_000 }));
    expect(charged.status).toBe(201);
    expect(shapes.charge.parse(charged.body)).toMatchObject({ amount: 100_000, balance: 100_000 });
    const reply = await shop.api.send('POST', '/payments', once({ reservationId }));
    expect(reply.status).toBe(201);
    const paid = shapes.payment.parse(reply.body);
    expect(paid).toMatchObject({ reservationId, amount: price, status: 'COMPLETED', tickets: [{ seatId }] });
    expect(await shop.api.call(shapes.payment, 'GET', `/payments/${paid.id}`, mine())).toEqual(paid);
    Object.assign(found, { paymentId: paid.id, ticketId: paid.tickets?.[0]?.id });
  });

  it('has the money booked', async () => {
    const wallet = await shop.api.call(shapes.balance, 'GET', '/points', mine());
    expect(wallet).toEqual({ balance: 100_000 - price, reserved: 0, currency: 'KRW' });
    const { items } = await shop.api.call(shapes.ledger, 'GET', '/points/ledger', mine());
    expect(items.map(({ kind, amount, balanceAfter }) => [kind, amount, balanceAfter])).toEqual([
      ['PAYMENT', -price, 100_000 - price],
      ['CHARGE', 100_000, 100_000],
    ]);
    expect(items[0]?.reference).toBe(found.paymentId);
  });

  it('has the seat, with a ticket that is signed', async () => {
    const { reservationId, performanceId, seatId, ticketId } = found;
    const confirmed = await shop.api.call(shapes.reservation, 'GET', `/reservations/${reservationId}`, mine());
    expect(confirmed).toMatchObject({ status: 'CONFIRMED', tickets: [{ id: ticketId, seatId }] });
    const ticket = await shop.api.call(shapes.ticket, 'GET', `/tickets/${ticketId}`, mine());
    expect(ticket).toMatchObject({ id: ticketId, reservationId, performanceId, seat: { id: seatId, price } });
    expect(ticket.status).toBe('VALID');
    // As a gate does it, which knows the published keys and nothing else.
    const keys = await request(new URL('/.well-known/ticket-keys.json', shop.stack.gatewayUrl));
    expect([keys.statusCode, keys.headers['cache-control']]).toEqual([200, 'public, max-age=300']);
    const keySet = createLocalJWKSet(publicKeys.parse(await keys.body.json()));
    const verified = await jwtVerify(ticket.qr ?? '', keySet, { issuer: 'ticketing-reservation', audience: 'ticketing-gate' });
    expect(verified.payload).toMatchObject({ sub: ticketId, performance: performanceId, seat: seatId });
    const page = await shop.api.call(shapes.myReservations, 'GET', '/users/me/reservations', mine());
    expect(page.items).toMatchObject([
      {
        id: reservationId,
        status: 'CONFIRMED',
        concert: { id: found.concertId, title: `${word} – 봄밤의 콘서트` },
        performance: { id: performanceId },
      },
    ]);
  });

  it('gives it back for the points', async () => {
    const { paymentId, ticketId, seatId } = found;
    const reply = await shop.api.send('POST', `/payments/${paymentId}/refunds`, once({}));
    expect(reply.status).toBe(201);
    expect(shapes.refund.parse(reply.body)).toMatchObject({ paymentId, amount: price, status: 'COMPLETED' });
    expect(await shop.api.call(shapes.balance, 'GET', '/points', mine())).toMatchObject({ balance: 100_000, reserved: 0 });
    expect((await shop.api.call(shapes.payment, 'GET', `/payments/${paymentId}`, mine())).status).toBe('REFUNDED');
    expect((await shop.api.call(shapes.reservation, 'GET', `/reservations/${found.reservationId}`, mine())).status).toBe('REFUNDED');
    const { status, qr, ...rest } = await shop.api.call(shapes.ticket, 'GET', `/tickets/${ticketId}`, mine());
    expect({ status, qr, id: rest.id }).toEqual({ status: 'VOID', qr: undefined, id: ticketId });
    const twice = await shop.api.send('POST', `/payments/${paymentId}/refunds`, once({}));
    expect([twice.status, problemCode(twice)]).toEqual([409, 'already-refunded']);
    await eventually('the seat is free again', async () => {
      const { seats } = await shop.api.call(shapes.seatMap, 'GET', `/performances/${found.performanceId}/seats`, mine());
      return seats.find(({ id }) => id === seatId)?.status === 'AVAILABLE' ? true : undefined;
    });
  });
});
