import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiReply, problemCode } from '../../client/api-client.ts';
import type { Buyer } from '../../client/buyer.ts';
import { paymentShape, reservationShape, seatMapShape, tokenShape } from '../../client/shapes.ts';
import { startProcess, stopProcess, wipe } from '../../control.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import { concertPage, room as roomShape } from './api-shapes.ts';
import { dashed } from './broken-books.ts';
import { expectCleanBooks } from './clean-books.ts';
import {
  admit,
  countSeats,
  eventually,
  holdFor,
  newBuyers,
  newVisitor,
  openSale,
  openTestShop,
  seatIdsOf,
  type TestShop,
} from './test-shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(async () => {
  await startProcess('test', 'redis');
  await shop.close();
}, 60_000);

/** Takes the memory of rooms, claims, locks and settings away, as if its machine had burnt down; an operator opens the room again. */
async function loseRedis({ concertId }: Sale): Promise<void> {
  await emptyRedis();
  await restartRoom(concertId);
}

async function emptyRedis(): Promise<void> {
  await stopProcess('test', 'redis', 'SIGKILL');
  await wipe('test', 'redis');
  await startProcess('test', 'redis');
}

async function restartRoom(concertId: string): Promise<void> {
  const { token } = shop.operator;
  await eventually('the room is restarted', async () => {
    const reply = await shop.api.send('POST', `/admin/rooms/${concertId}/restarts`, { token });
    return reply.status === 201 || problemCode(reply) === 'room-not-lost' ? true : undefined;
  });
}

/**
 * A person who does not give up: joins again when the place is lost, takes another seat when one is gone, and repeats what was
 * answered with 503. Any other failure is one.
 * @returns the seat that was bought
 */
async function buyStubbornly({ token, hold, pay }: Buyer, { concertId, performanceId }: Sale, start: number): Promise<string> {
  return eventually(
    'a stubborn buyer gets a seat',
    async () => {
      const joined = await shop.api.send('POST', '/queue/tokens', { token, body: { concertId } });
      const { pass } = parseUnlessOut(joined, tokenShape) ?? {};
      if (pass === undefined) return undefined;
      const map = parseUnlessOut(await shop.api.send('GET', `/performances/${performanceId}/seats`, { token, pass }), seatMapShape);
      const free = (map?.seats ?? []).filter(({ status }) => status === 'AVAILABLE');
      const wanted = free[start % Math.max(1, free.length)];
      if (!wanted) return undefined;
      const held = await hold(performanceId, pass, [wanted.id]);
      if (problemCode(held) === 'seat-taken') return undefined;
      const reservation = parseUnlessOut(held, reservationShape);
      if (!reservation) return undefined;
      const paid = parseUnlessOut(await pay(reservation.id), paymentShape);
      expect(paid?.status).toBe('COMPLETED');
      return wanted.id;
    },
    60_000,
  );
}

function parseUnlessOut<T>(reply: ApiReply, shape: { parse: (value: unknown) => T }): T | undefined {
  if (reply.status === 503) return undefined;
  expect(reply.status).toBeLessThan(300);
  return shape.parse(reply.body);
}

describe('when Redis is killed and comes back empty', () => {
  it('no seat is sold twice, nobody who paid loses anything, and the sale goes on', async () => {
    const sale = await openSale(shop, 4);
    const [holder, owner] = [await newVisitor(shop, sale), await newVisitor(shop, sale)];
    const seatIds = await seatIdsOf(sale, owner);
    const held = await holdFor(holder, sale, [seatIds[0]!]);
    const sold = paymentShape.parse((await owner.pay(await holdFor(owner, sale, [seatIds[1]!]))).body);

    await loseRedis(sale);

    // What was held before is still held, and can be paid for.
    const rival = await eventually('the rooms are open again', () => newVisitor(shop, sale).catch(() => undefined), 60_000);
    for (const seatId of seatIds.slice(0, 2)) {
      expect(problemCode(await rival.hold(sale.performanceId, rival.pass, [seatId]))).toBe('seat-taken');
    }
    // It lets nobody hold more: its place is somebody else's now.
    await eventually('the old pass holds nothing', async () => {
      const reply = await holder.hold(sale.performanceId, holder.pass, [seatIds[0]!]);
      return problemCode(reply) === 'queue-pass-invalid' ? true : undefined;
    });
    const paid = await holder.pay(held);
    expect([paid.status, paymentShape.parse(paid.body).status]).toEqual([201, 'COMPLETED']);
    const ticket = await shop.api.send('GET', `/tickets/${sold.tickets?.[0]?.id ?? ''}`, { token: owner.token });
    expect(ticket.status).toBe(200);
    await rival.pay(await holdFor(rival, sale, seatIds.slice(2)));
    expect(await countSeats(shop, sale)).toEqual({ SOLD: 4 });
  }, 150_000);

  it('the waiting room says that its places are lost, and opens again, empty, by an operator’s command only', async () => {
    const sale = await openSale(shop, 4, 0);
    // Several ask, so that nobody asks more often than anybody may.
    const buyers = await newBuyers(shop, 8);
    const { token } = buyers[0]!;
    const path = `/queue/tokens/${sale.concertId}`;
    const before = await shop.api.call(roomShape, 'GET', `/queue/rooms/${sale.concertId}`);
    await shop.api.call(tokenShape, 'POST', '/queue/tokens', { token, body: { concertId: sale.concertId } });
    await emptyRedis();
    const asking = [
      () => shop.api.send('GET', path, { token }),
      () => shop.api.send('POST', '/queue/tokens', { token, body: { concertId: sale.concertId } }),
      () => shop.api.send('GET', `/queue/rooms/${sale.concertId}`),
    ];
    for (const ask of asking) {
      const reply = await eventually('the room tells of its loss', async () => {
        const answer = await ask();
        return problemCode(answer) === 'waiting-room-lost' ? answer : undefined;
      });
      expect([reply.status, Number(reply.headers['retry-after']) > 0]).toEqual([503, true]);
    }
    expect((await shop.api.send('POST', `/admin/rooms/${sale.concertId}/restarts`, { token })).status).toBe(403);
    await restartRoom(sale.concertId);
    // An instance may remember for a second what was there before.
    const after = await eventually('another room is there', async () => {
      const reply = await shop.api.send('GET', `/queue/rooms/${sale.concertId}`);
      const room = roomShape.safeParse(reply.body).data;
      return room && room.drawCommitment !== before.drawCommitment ? room : undefined;
    });
    expect(after).toMatchObject({ joined: 0, serving: 0 });
    await eventually('every instance knows the new room', async () => {
      const replies = await Promise.all(buyers.map((buyer) => shop.api.send('GET', path, { token: buyer.token })));
      return replies.every((reply) => problemCode(reply) === 'not-in-queue') ? true : undefined;
    });
    const again = await shop.api.send('POST', `/admin/rooms/${sale.concertId}/restarts`, { token: shop.operator.token });
    expect([again.status, problemCode(again)]).toEqual([409, 'room-not-lost']);
  }, 90_000);

  it('buyers who are in the middle of it get their seats all the same', async () => {
    const sale = await openSale(shop, 12);
    const buyers = await newBuyers(shop, 12, 200_000);
    const [early, rest] = [await Promise.all(buyers.slice(0, 4).map((buyer) => admit(buyer, sale))), buyers.slice(4)];
    const seatIds = await seatIdsOf(sale, early[0]!);
    const holds = await Promise.all(early.map((visitor, index) => holdFor(visitor, sale, [seatIds[index]!])));
    const shopping = rest.map((buyer, index) => buyStubbornly(buyer, sale, index));
    const [bought] = await Promise.all([Promise.all(shopping), loseRedis(sale)]);
    const paid = await Promise.all(early.map((visitor, index) => visitor.pay(holds[index]!)));
    expect(paid.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(new Set([...bought, ...seatIds.slice(0, 4)]).size).toBe(12);
    expect(await countSeats(shop, sale)).toEqual({ SOLD: 12 });
  }, 180_000);

  it('searches are answered by the index all the same', async () => {
    const search = async (q: string) => {
      const { degraded } = await shop.api.call(concertPage, 'GET', `/concerts?q=${encodeURIComponent(q)}`);
      return degraded;
    };
    await eventually('the index answers', async () => ((await search('seoul')) ? undefined : true));
    const words = Array.from({ length: 8 }, (_, number) => `jazz ${number}`);
    await stopProcess('test', 'redis', 'SIGKILL');
    expect(await Promise.all(words.map(search))).toEqual(words.map(() => false));
    await startProcess('test', 'redis');
    expect(await Promise.all(words.map((word) => search(`${word} again`)))).toEqual(words.map(() => false));
  }, 60_000);

  it('leaves the books clean, once all lost rooms are open again', async () => {
    const rooms = await shop.books.concert.rows('SELECT concert_id AS concert FROM waiting_rooms');
    for (const { concert } of rooms) await restartRoom(dashed(String(concert)));
    await expectCleanBooks(shop);
  });
});
