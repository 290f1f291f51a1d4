import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Buyer } from '../../client/buyer.ts';
import { tokenShape } from '../../client/shapes.ts';
import { startProcess, stopProcess } from '../../control.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import { managedRoom, setting } from './api-shapes.ts';
import { expectCleanBooks } from './clean-books.ts';
import { atOnce, enterRoom, managedRoomOf, newConcert, newPeople } from './test-room.ts';
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

interface Seen {
  /** Milliseconds since the watch began. */
  at: number;
  serving: number;
  active: number;
}

/** Looks at the room's figures until told to stop. @returns what was seen */
function watch(concertId: string): { stop: () => Promise<Seen[]> } {
  const seen: Seen[] = [];
  const stopped = new AbortController();
  const started = performance.now();
  const looking = (async () => {
    while (!stopped.signal.aborted) {
      const reply = await shop.api.send('GET', `/admin/rooms/${concertId}`, { token: shop.operator.token });
      const { serving, active } = managedRoom.partial().safeParse(reply.body).data ?? {};
      if (serving !== undefined && active !== undefined) seen.push({ at: performance.now() - started, serving, active });
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

/** Everybody joins; the comers come when they are called, buy a seat each, and are watched. */
async function sell(sale: Sale, crowd: Buyer[], comers: Buyer[], afterTwelve: () => Promise<void>): Promise<Seen[]> {
  const body = { concertId: sale.concertId };
  await atOnce(8, crowd, ({ token }) => shop.api.call(tokenShape, 'POST', '/queue/tokens', { token, body }));
  const eyes = watch(sale.concertId);
  let bought = 0;
  let disturbed: Promise<void> | undefined;
  const buy = async (buyer: Buyer): Promise<void> => {
    const visitor = await admit(buyer, sale);
    const [seatId] = (await seatIdsOf(sale, visitor)).slice(bought++);
    const paid = await visitor.pay(await holdFor(visitor, sale, [seatId!]));
    expect(paid.status).toBe(201);
    if (bought >= 12) disturbed ??= afterTwelve();
  };
  const outcomes = await Promise.allSettled(comers.map(buy));
  await disturbed;
  const seen = await eyes.stop();
  expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
  return seen;
}

function expectOrderly(seen: Seen[]): void {
  expect(Math.max(...seen.map(({ active }) => active))).toBeLessThanOrEqual(capacity);
  const servings = seen.map(({ serving }) => serving);
  expect(servings.toSorted((a, b) => a - b)).toEqual(servings);
}

/** Kills each instance in turn, one of which is the releaser, and waits each time until the other one calls somebody in another room. */
async function killInTurn(): Promise<void> {
  for (const name of ['queue-1', 'queue-2']) {
    const elsewhere = enterRoom(shop, await newConcert(shop, shop.operator.token, Date.now() - 60_000));
    const [somebody = ''] = newPeople(1);
    await stopProcess('test', name, 'SIGKILL');
    const killed = performance.now();
    await elsewhere.join(somebody);
    await eventually('somebody is called', async () => ((await managedRoomOf(shop, elsewhere.concertId)).serving === 1 ? true : undefined));
    process.stderr.write(`${name} killed: somebody was called ${((performance.now() - killed) / 1_000).toFixed(1)} s later\n`);
    await startProcess('test', name);
    await elsewhere.close();
  }
}

function tell(name: string, seats: number, seen: Seen[]): void {
  const seconds = (seen.at(-1)?.at ?? 0) / 1_000;
  process.stderr.write(`${name}: ${seats} seats in ${seconds.toFixed(1)} s, ${((seats / seconds) * 60).toFixed(0)} a minute\n`);
}

describe(`a room for ${capacity}`, () => {
  it('never lets in more, sells to all who come though a third never do, and goes on when its releaser is killed', async () => {
    await setNoShowSeconds(2);
    const crowd = await newBuyers(shop, people, 1_000_000);
    const comers = crowd.filter((_, index) => index % 3 > 0);

    const full = await openSale(shop, people, capacity);
    const undisturbed = await sell(full, comers, comers, () => Promise.resolve());
    expectOrderly(undisturbed);
    const sale = await openSale(shop, people, capacity);
    const withNoShows = await sell(sale, crowd, comers, () => Promise.resolve());
    expectOrderly(withNoShows);
    tell('all come', comers.length, undisturbed);
    tell('a third never comes', comers.length, withNoShows);
    expect(await countSeats(shop, sale)).toMatchObject({ SOLD: comers.length });
    await eventually('the room is empty', async () => {
      const { active, called, tail, serving, noShowRate } = await managedRoomOf(shop, sale.concertId);
      return active + called === 0 && serving === tail && noShowRate > 0 ? true : undefined;
    });

    const killed = await openSale(shop, people, capacity);
    expectOrderly(await sell(killed, comers, comers, killInTurn));
    expect(await countSeats(shop, killed)).toMatchObject({ SOLD: comers.length });
    await expectCleanBooks(shop);
  }, 400_000);
});
