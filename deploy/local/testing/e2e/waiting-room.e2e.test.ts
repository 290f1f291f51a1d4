import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { type ApiReply, problemCode } from '../../client/api-client.ts';
import type { Buyer } from '../../client/buyer.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import { managedRoom, queueToken } from './api-shapes.ts';
import {
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
} from './test-shop.ts';

let shop: TestShop;
let sale: Sale;

beforeAll(async () => {
  shop = await openTestShop();
});
beforeEach(async () => {
  sale = await openSale(shop, 10, 1);
});
afterAll(() => shop.close());

type Place = z.infer<typeof queueToken>;

function join({ token }: Buyer): Promise<Place> {
  return shop.api.call(queueToken, 'POST', '/queue/tokens', { token, body: { concertId: sale.concertId } });
}

function placeOf({ token }: Buyer): Promise<Place> {
  return shop.api.call(queueToken, 'GET', `/queue/tokens/${sale.concertId}`, { token });
}

function until(buyer: Buyer, status: Place['status']): Promise<Place> {
  return eventually(`the place becomes ${status}`, async () => {
    const place = await placeOf(buyer);
    return place.status === status ? place : undefined;
  });
}

async function changeRoom(body: { capacity?: number; paused?: boolean }): Promise<void> {
  const { token } = shop.operator;
  const room = await shop.api.call(managedRoom, 'PUT', `/admin/rooms/${sale.concertId}`, { token, body });
  expect(room).toMatchObject(body);
}

/** Waits until the releaser has had a look, seen by what it does for somebody in another room. */
async function releaserHasLooked(): Promise<void> {
  const elsewhere = await openSale(shop, 1);
  await newVisitor(shop, elsewhere, 0);
}

describe('a waiting room', () => {
  it('lets in as many as it has room for, and more when it is made larger', async () => {
    const [first, second, third] = [await newBuyer(shop), await newBuyer(shop), await newBuyer(shop)];
    expect((await join(first)).position).toBe(1);
    await until(first, 'ACTIVE');
    expect(await join(second)).toMatchObject({ status: 'WAITING', position: 2 });
    expect(await join(third)).toMatchObject({ status: 'WAITING', position: 3 });
    // Each instance looks at the counter once a second, so the one that answers may not know yet that the first is in.
    await eventually('the third sees one ahead', async () => ((await placeOf(third)).ahead === 1 ? true : undefined));
    await releaserHasLooked();
    expect(await placeOf(second)).toMatchObject({ status: 'WAITING', position: 2 });
    expect((await placeOf(second)).pass).toBeUndefined();
    await changeRoom({ capacity: 2 });
    await until(second, 'ACTIVE');
    await releaserHasLooked();
    expect(await placeOf(third)).toMatchObject({ status: 'WAITING', position: 3 });
  });

  it('lets nobody in while it is paused', async () => {
    await changeRoom({ paused: true });
    const buyer = await newBuyer(shop);
    await join(buyer);
    await releaserHasLooked();
    expect((await placeOf(buyer)).status).toBe('WAITING');
    await changeRoom({ paused: false });
    await until(buyer, 'ACTIVE');
  });

  it('takes the pass back after a payment, and lets the next one in', async () => {
    const [first, second] = [await newBuyer(shop), await newBuyer(shop)];
    const pass = await first.enter(sale.concertId);
    const visitor: Visitor = { ...first, pass: pass! };
    await join(second);
    const [seatId] = await seatIdsOf(sale, visitor);
    expect((await visitor.pay(await holdFor(visitor, sale, [seatId!]))).status).toBe(201);
    expect((await until(first, 'EXPIRED')).pass).toBeUndefined();
    await until(second, 'ACTIVE');
  });

  it('gives the place of somebody who leaves to the next one', async () => {
    const [first, second] = [await newBuyer(shop), await newBuyer(shop)];
    await first.enter(sale.concertId);
    await join(second);
    await first.leave(sale.concertId);
    await until(second, 'ACTIVE');
    const stranger = await newBuyer(shop, 0);
    const nowhere = await shop.api.send('GET', `/queue/tokens/${sale.concertId}`, { token: stranger.token });
    expect([nowhere.status, problemCode(nowhere)]).toEqual([404, 'not-in-queue']);
  });

  it('says so when there is nothing left', async () => {
    const small = await openSale(shop, 1);
    const lucky = await newVisitor(shop, small);
    await lucky.pay(await holdFor(lucky, small, await seatIdsOf(small, lucky)));
    // The releaser asks for the remaining seats once a second; who joins before that may still be let in, to see an empty shop.
    await eventually('a newcomer hears that nothing is left', async () => {
      const newcomer = await newBuyer(shop);
      return (await newcomer.enter(small.concertId)) === undefined ? true : undefined;
    });
  });
});

describe('a pass', () => {
  let owner: Visitor;
  let seatId: string;
  beforeEach(async () => {
    owner = await newVisitor(shop, sale);
    [seatId = ''] = await seatIdsOf(sale, owner);
  });

  async function answersWith(token: string, pass: string | undefined): Promise<Record<string, string>> {
    const { performanceId } = sale;
    const idempotencyKey = randomUUID();
    const shown = ({ status, ...reply }: ApiReply): string => `${status} ${problemCode({ status, ...reply }) ?? ''}`;
    return {
      map: shown(await shop.api.send('GET', `/performances/${performanceId}/seats`, { token, pass })),
      hold: shown(
        await shop.api.send('POST', '/reservations', { token, pass, idempotencyKey, body: { performanceId, seatIds: [seatId] } }),
      ),
    };
  }
  const everywhere = (answer: string): Record<string, string> => ({ map: answer, hold: answer });

  it('is needed', async () => {
    expect(await answersWith(owner.token, undefined)).toEqual(everywhere('403 queue-pass-required'));
    expect(await countSeats(shop, sale)).toEqual({ AVAILABLE: 10 });
  });

  it('is of no use to others', async () => {
    const thief = await newBuyer(shop);
    expect(await answersWith(thief.token, owner.pass)).toEqual(everywhere('403 queue-pass-invalid'));
    expect(await countSeats(shop, sale)).toEqual({ AVAILABLE: 10 });
  });

  it.each<[string, (pass: string) => string]>([
    ['with another signature', (pass) => `${pass.split('.').slice(0, 2).join('.')}.${Buffer.alloc(64, 1).toString('base64url')}`],
    ['with another content', (pass) => pass.replace(/\.[^.]+\./, `.${Buffer.from('{"room":"*"}').toString('base64url')}.`)],
    ['that is nothing of the kind', () => 'let-me-in'],
    ['that is very long', () => 'x'.repeat(5_000)],
  ])('%s does not let in', async (_name, forge) => {
    expect(await answersWith(owner.token, forge(owner.pass))).toEqual(everywhere('403 queue-pass-invalid'));
  });

  it('is for one concert', async () => {
    const elsewhere = await openSale(shop, 2);
    const foreign = await owner.enter(elsewhere.concertId);
    await holdFor(owner, sale, [seatId]);
    const { token, hold, seatMap } = owner;
    expect(problemCode(await hold(sale.performanceId, foreign!, [seatId]))).toBe('queue-pass-invalid');
    await expect(seatMap(sale.performanceId, foreign!)).rejects.toThrow('queue-pass-invalid');
    const { status } = await shop.api.send('GET', `/performances/${sale.performanceId}/seats`, { token, pass: owner.pass });
    expect(status).toBe(200);
  });
});
