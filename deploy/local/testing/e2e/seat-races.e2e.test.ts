import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiReply } from '../../client/api-client.ts';
import { reservationShape } from '../../client/shapes.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import { problemShape } from './api-shapes.ts';
import { busyInstances, holdsByInstance } from './holds-by-instance.ts';
import {
  addPerformance,
  admit,
  countSeats,
  newBuyers,
  openSale,
  openTestShop,
  seatIdsOf,
  type TestShop,
  tally,
  type Visitor,
} from './test-shop.ts';

const crowd = 200;
const mostRaces = 10;
let shop: TestShop;
let visitors: Visitor[];
let sale: Sale;
let seatIds: string[];
/** Those who hold no seat of the sale. */
let seatless: Visitor[];

beforeAll(async () => {
  shop = await openTestShop();
  sale = await openSale(shop, crowd);
  const buyers = await newBuyers(shop, crowd);
  visitors = await Promise.all(buyers.map((buyer) => admit(buyer, sale)));
  seatIds = await seatIdsOf(sale, visitors[0]!);
  seatless = visitors;
}, 180_000);
afterAll(() => shop.close());

/** One request, not repeated: what comes is what counts. */
function askOnce({ token, pass }: Visitor, wanted: string[]): Promise<ApiReply> {
  const body = { performanceId: sale.performanceId, seatIds: wanted };
  return shop.api.send('POST', '/reservations', { token, pass, idempotencyKey: randomUUID(), body });
}

describe('many people and the same seats', () => {
  it('gives one seat to one of 200, in both instances', async () => {
    const before = await holdsByInstance(shop.stack);
    const busy = async () => busyInstances(before, await holdsByInstance(shop.stack));
    // The crowd arrives in a handful of groups, which may all meet the same instance.
    for (const [index, seatId] of seatIds.slice(0, mostRaces).entries()) {
      const replies = await Promise.all(visitors.map((visitor) => askOnce(visitor, [seatId])));
      expect(tally(replies)).toEqual({ '201': 1, '409 seat-taken': crowd - 1 });
      seatless = seatless.filter((visitor) => replies[visitors.indexOf(visitor)]?.status !== 201);
      expect(await countSeats(shop, sale)).toEqual({ AVAILABLE: crowd - index - 1, HELD: index + 1 });
      const refused = replies.filter(({ status }) => status === 409).map(({ body }) => problemShape.loose().parse(body));
      expect(refused.every((problem) => String(problem.seatIds) === seatId)).toBe(true);
      if ((await busy()).length === 2) break;
    }
    expect(await busy()).toEqual(['reservation-1', 'reservation-2']);
  });

  it('holds overlapping sets wholly or not at all', async () => {
    const [heldBefore = 0, ten] = [(await countSeats(shop, sale)).HELD, seatIds.slice(20, 30)];
    const sets = Array.from({ length: 40 }, (_, index) => [0, 3, 6].map((step) => ten[(index + step) % ten.length]!));
    const replies = await Promise.all(sets.map((wanted, index) => askOnce(seatless[index]!, wanted)));
    const held = replies.filter(({ status }) => status === 201).map(({ body }) => reservationShape.parse(body));
    expect(tally(replies)).toEqual({ '201': held.length, '409 seat-taken': 40 - held.length });
    expect(held.length).toBeGreaterThan(0);
    expect(held.length).toBeLessThanOrEqual(3);
    expect(held.map(({ seats }) => seats.length)).toEqual(held.map(() => 3));
    const owned = held.flatMap(({ seats }) => seats.map(({ id }) => id));
    expect(new Set(owned).size).toBe(owned.length);
    // Nobody else is left with a part: the database has no held seat that is not in a whole set.
    expect((await countSeats(shop, sale)).HELD).toBe(heldBefore + owned.length);
  });

  it('gives the last fifty to fifty of 200 who each want the best one', async () => {
    const evening = await addPerformance(shop, sale, { seats: 50, startsAt: new Date(Date.now() + 30 * 86_400_000) });
    const body = { performanceId: evening.performanceId, quantity: 1 };
    const replies = await Promise.all(
      visitors.map(({ token, pass }) => shop.api.send('POST', '/reservations', { token, pass, idempotencyKey: randomUUID(), body })),
    );
    expect(tally(replies)).toEqual({ '201': 50, '409 not-enough-seats': crowd - 50 });
    expect(await countSeats(shop, evening)).toEqual({ HELD: 50 });
  });

  it('keeps a person within four seats, however many orders come at once', async () => {
    const greedy = seatless.at(-1)!;
    const replies = await Promise.all(seatIds.slice(40, 50).map((seatId) => askOnce(greedy, [seatId])));
    expect(tally(replies)).toEqual({ '201': 4, '409 person-limit-reached': 6 });
  });
});
