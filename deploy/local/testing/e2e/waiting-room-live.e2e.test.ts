import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { z } from 'zod';
import { problemCode } from '../../client/api-client.ts';
import type { Buyer } from '../../client/buyer.ts';
import { reservationShape } from '../../client/shapes.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import { queueToken, setting } from './api-shapes.ts';
import { type EventReader, openEvents } from './event-reader.ts';
import { changeRoom, managedRoomOf } from './test-room.ts';
import {
  admit,
  eventually,
  holdFor,
  newBuyer,
  newBuyers,
  newVisitor,
  openSale,
  openTestShop,
  seatIdsOf,
  type TestShop,
  type Visitor,
} from './test-shop.ts';

type Token = z.infer<typeof queueToken>;

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(async () => {
  await setHoldMinutes(5);
  await shop.close();
});

async function setHoldMinutes(value: number): Promise<void> {
  const { token } = shop.operator;
  await shop.api.call(setting, 'PUT', '/admin/settings/hold.minutes', { token, body: { value } });
}

function join({ token }: Buyer, { concertId }: Sale): Promise<Token> {
  return shop.api.call(queueToken, 'POST', '/queue/tokens', { token, body: { concertId } });
}

function look({ token }: Buyer, { concertId }: Sale): Promise<Token> {
  return shop.api.call(queueToken, 'GET', `/queue/tokens/${concertId}`, { token });
}

function watch({ token }: Buyer, { concertId }: Sale): Promise<EventReader<Token>> {
  return openEvents(shop, `/queue/tokens/${concertId}/events`, queueToken, { authorization: `Bearer ${token}` });
}

const is = (status: Token['status']) => (token: Token) => token.status === status;

/** Which pass it is: it is signed anew each time that somebody asks. */
function passIdOf({ pass = '' }: Token): string | undefined {
  return decodeJwt(pass).jti;
}

describe('a person who watches', () => {
  it('hears of the place as it moves, and gets the pass without asking', async () => {
    const sale = await openSale(shop, 10, 0);
    const [first, second] = [await newBuyer(shop, 0), await newBuyer(shop, 0)];
    await join(first, sale);
    await join(second, sale);
    const events = await watch(second, sale);
    expect(events.status).toBe(200);
    expect(await events.next()).toMatchObject({ status: 'WAITING', position: 2, roomState: 'OPEN' });
    await changeRoom(shop, sale.concertId, { paused: true });
    expect(await events.until(({ roomState }) => roomState === 'PAUSED')).toMatchObject({ status: 'WAITING', position: 2 });
    await changeRoom(shop, sale.concertId, { paused: false, capacity: 2 });
    const active = await events.until(is('ACTIVE'));
    // The other instance may know a moment later.
    const polled = await eventually('whoever asks has the pass as well', async () => {
      const token = await look(second, sale);
      return token.status === 'ACTIVE' ? token : undefined;
    });
    expect(passIdOf(polled)).toBe(passIdOf(active));
    await changeRoom(shop, sale.concertId, { closed: true });
    expect(await events.until(({ roomState }) => roomState === 'CLOSED')).toMatchObject({ status: 'ACTIVE' });
    const refused = await shop.api.send('POST', '/queue/tokens', {
      token: first.token,
      body: { concertId: (await openClosedRoom()).concertId },
    });
    expect([refused.status, problemCode(refused)]).toEqual([409, 'room-closed']);
    await events.close();
  });

  it('hears that the place was taken away', async () => {
    const sale = await openSale(shop, 10, 0);
    const [first, second] = [await newBuyer(shop, 0), await newBuyer(shop, 0)];
    await join(first, sale);
    await join(second, sale);
    const events = await watch(first, sale);
    expect(await events.next()).toMatchObject({ status: 'WAITING', ahead: 0 });
    const following = await watch(second, sale);
    expect(await following.next()).toMatchObject({ status: 'WAITING', ahead: 1 });
    const { id } = await shop.api.call(z.object({ id: z.string() }), 'GET', '/users/me', { token: first.token });
    const taken = await shop.api.send('DELETE', `/admin/rooms/${sale.concertId}/passes/${id}`, { token: shop.operator.token });
    expect(taken.status).toBe(204);
    expect(await events.next()).toBeUndefined();
    expect(await following.until(({ ahead }) => ahead === 0)).toMatchObject({ status: 'WAITING', position: 2 });
    await eventually('a poll says so as well', async () => {
      const { status } = await shop.api.send('GET', `/queue/tokens/${sale.concertId}`, { token: first.token });
      return status === 404 ? true : undefined;
    });
    await following.close();
  });

  async function openClosedRoom(): Promise<Sale> {
    const sale = await openSale(shop, 1);
    await changeRoom(shop, sale.concertId, { closed: true });
    // Several ask, so that nobody asks more often than anybody may.
    const strangers = await newBuyers(shop, 8);
    await eventually('the room is closed everywhere', async () => {
      const codes = await Promise.all(
        strangers.map(async ({ token }) =>
          problemCode(await shop.api.send('POST', '/queue/tokens', { token, body: { concertId: sale.concertId } })),
        ),
      );
      return codes.every((code) => code === 'room-closed') ? true : undefined;
    });
    return sale;
  }
});

describe('when the last seats are held, come back and are sold', () => {
  it('calls three at most in vain while none can be had, goes on when a hold runs out, and tells everybody of the end', async () => {
    const sale = await openSale(shop, 2);
    const holder = await newVisitor(shop, sale, 0);
    const [next, last] = [await newBuyer(shop), await newBuyer(shop, 0)];
    await setHoldMinutes(0.25);
    const seatIds = await seatIdsOf(sale, holder);
    await holdFor(holder, sale, seatIds);
    await setHoldMinutes(5);
    let calledInVain = 0;
    // The hold runs out without anybody's doing.
    const held = await eventually('the seats can be had again', async () => {
      await join(next, sale);
      const events = await watch(next, sale);
      const { pass } = await events.until(is('ACTIVE'));
      await events.close();
      const reply = await next.hold(sale.performanceId, pass!, seatIds);
      if (reply.status === 201) return reservationShape.parse(reply.body);
      calledInVain += 1;
      await next.leave(sale.concertId);
      return undefined;
    });
    // Reservation and queue each know the free seats for half a second. In that second the releaser has three turns, and one person here.
    expect(calledInVain).toBeLessThanOrEqual(3);
    await join(last, sale);
    const lastEvents = await watch(last, sale);
    expect((await next.pay(held.id)).status).toBe(201);
    const ended = await lastEvents.until((token) => token.status === 'SOLD_OUT' || token.status === 'ACTIVE');
    if (ended.status === 'ACTIVE') await last.leave(sale.concertId);
    const late = await eventually('newcomers hear from every instance that all is sold', async () => {
      const strangers = await newBuyers(shop, 8);
      const tokens = await Promise.all(strangers.map((stranger) => join(stranger, sale)));
      return tokens.every(({ status, pass }) => status === 'SOLD_OUT' && pass === undefined) ? strangers[0] : undefined;
    });
    const before = await managedRoomOf(shop, sale.concertId);
    for (let times = 0; times < 5; times += 1) expect((await join(late, sale)).status).toBe('SOLD_OUT');
    expect((await managedRoomOf(shop, sale.concertId)).serving).toBe(before.serving);
    await lastEvents.close();
  }, 120_000);
});

describe('a pass whose time is not over', () => {
  const canHold = async (visitor: Visitor, sale: Sale, seatId: string): Promise<string | undefined> => {
    const body = { performanceId: sale.performanceId, seatIds: [seatId] };
    const { token, pass } = visitor;
    return problemCode(await shop.api.send('POST', '/reservations', { token, pass, idempotencyKey: randomUUID(), body }));
  };

  it.each<[string, (visitor: Visitor, sale: Sale) => Promise<void>]>([
    [
      'paid with it',
      async (visitor, sale) => {
        const [seatId] = await seatIdsOf(sale, visitor);
        expect((await visitor.pay(await holdFor(visitor, sale, [seatId!]))).status).toBe(201);
      },
    ],
    ['given it up', (visitor, sale) => visitor.leave(sale.concertId)],
    [
      'had it taken away',
      async ({ token }, sale) => {
        const { id } = (await shop.api.send('GET', '/users/me', { token })).body as { id: string };
        const reply = await shop.api.send('DELETE', `/admin/rooms/${sale.concertId}/passes/${id}`, { token: shop.operator.token });
        expect(reply.status).toBe(204);
      },
    ],
  ])('holds no seat for somebody who has %s', async (_name, end) => {
    const sale = await openSale(shop, 8);
    const visitor = await newVisitor(shop, sale);
    const seatIds = await seatIdsOf(sale, visitor);
    await end(visitor, sale);
    const code = await eventually('the pass is over', async () => {
      const refusal = await canHold(visitor, sale, seatIds[7]!);
      return refusal === 'queue-pass-invalid' ? refusal : undefined;
    });
    expect(code).toBe('queue-pass-invalid');
    // Whoever joins again gets a pass of their own, and the old one stays dead.
    const again = await admit(visitor, sale);
    expect(again.pass).not.toBe(visitor.pass);
    expect(await canHold(again, sale, seatIds[6]!)).toBeUndefined();
    expect(await canHold(visitor, sale, seatIds[5]!)).toBe('queue-pass-invalid');
  });
});
