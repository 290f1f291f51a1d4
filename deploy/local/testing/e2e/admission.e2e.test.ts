import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Buyer } from '../../client/buyer.ts';
import { tokenShape } from '../../client/shapes.ts';
import { startProcess, stopProcess } from '../../control.ts';
import { setting } from './api-shapes.ts';
import { expectCleanBooks } from './clean-books.ts';
import { atOnce, managedRoomOf } from './test-room.ts';
import { admit, countSeats, eventually, holdFor, newBuyers, openSale, openTestShop, seatIdsOf, type TestShop } from './test-shop.ts';

const people = 60;
const capacity = 10;

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(async () => {
  await setNoShowSeconds(45);
  await Promise.all(['queue-1', 'queue-2'].map((name) => startProcess('test', name)));
  await shop.close();
}, 120_000);

async function setNoShowSeconds(value: number): Promise<void> {
  const { token } = shop.operator;
  await shop.api.call(setting, 'PUT', '/admin/settings/queue.no-show-seconds', { token, body: { value } });
}

/** Looks at the room's figures until told to stop. @returns what was seen */
function watch(concertId: string): { stop: () => Promise<{ serving: number; active: number }[]> } {
  const seen: { serving: number; active: number }[] = [];
  const stopped = new AbortController();
  const looking = (async () => {
    while (!stopped.signal.aborted) {
      const reply = await shop.api.send('GET', `/admin/rooms/${concertId}`, { token: shop.operator.token });
      if (reply.status === 200) {
        const { serving, active } = await managedRoomOf(shop, concertId);
        seen.push({ serving, active });
      }
      await delay(100);
    }
    return seen;
  })();
  return {
    stop: () => {
      stopped.abort();
      return looking;
    },
  };
}

describe(`a room for ${capacity} where a third of ${people} never come, and whose releaser is killed`, () => {
  it('never lets in more than its capacity, sells to all who come, and goes on', async () => {
    await setNoShowSeconds(2);
    const sale = await openSale(shop, people, capacity);
    const buyers = await newBuyers(shop, people, 1_000_000);
    const body = { concertId: sale.concertId };
    await atOnce(8, buyers, ({ token }) => shop.api.call(tokenShape, 'POST', '/queue/tokens', { token, body }));
    const comers = buyers.filter((_, index) => index % 3 > 0);
    const eyes = watch(sale.concertId);
    let bought = 0;
    const disturbed: Promise<void>[] = [];
    const buy = async (buyer: Buyer): Promise<void> => {
      const visitor = await admit(buyer, sale);
      const [seatId] = (await seatIdsOf(sale, visitor)).slice(bought++);
      const paid = await visitor.pay(await holdFor(visitor, sale, [seatId!]), visitor.pass);
      expect(paid.status).toBe(201);
      if (bought >= 12 && disturbed.length === 0) disturbed.push(...['queue-1', 'queue-2'].map(killAndRestart));
    };
    const outcomes = await Promise.allSettled(comers.map(buy));
    await Promise.all(disturbed);
    const seen = await eyes.stop();
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(Math.max(...seen.map(({ active }) => active))).toBeLessThanOrEqual(capacity);
    const servings = seen.map(({ serving }) => serving);
    expect(servings.toSorted((a, b) => a - b)).toEqual(servings);
    expect(await countSeats(shop, sale)).toMatchObject({ SOLD: comers.length });
    await eventually('the room is empty', async () => {
      const { active, called, tail, serving, noShowRate } = await managedRoomOf(shop, sale.concertId);
      return active + called === 0 && serving === tail && noShowRate > 0 ? true : undefined;
    });
    await expectCleanBooks(shop);
  }, 300_000);
});

async function killAndRestart(name: string): Promise<void> {
  await stopProcess('test', name, 'SIGKILL');
  await startProcess('test', name);
}
