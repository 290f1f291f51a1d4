import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { concertShape } from '../../client/shapes.ts';
import { startProcess, stopProcess } from '../../control.ts';
import { expectCleanBooks } from './clean-books.ts';
import { eventually, openTestShop, type TestShop } from './test-shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(async () => {
  await startProcess('test', 'kafka');
  await shop.close();
}, 120_000);

async function waiting(): Promise<number> {
  const [row] = await shop.books.concert.rows('SELECT COUNT(*) AS n FROM outbox_events WHERE published_at IS NULL');
  return Number(row?.n);
}

/** Publishes a concert that is told of in so many letters of three bytes each. */
async function createLong(index: number): Promise<string> {
  const body = {
    ...{ title: `Long ${randomUUID()}`, artist: `Artist ${index}`, description: '가'.repeat(5_000) },
    ...{ venue: { name: 'Hall', city: 'Seoul', timeZone: 'Asia/Seoul' }, saleOpensAt: new Date().toISOString() },
  };
  return (await shop.api.call(concertShape, 'POST', '/admin/concerts', { token: shop.operator.token, body })).id;
}

describe('without Kafka', () => {
  it('events wait, however large they are together, and all go out when it is back', async () => {
    await stopProcess('test', 'kafka', 'SIGKILL');
    const ids: string[] = [];
    for (let index = 0; index < 300; index += 1) ids.push(await createLong(index));
    expect(await waiting()).toBeGreaterThanOrEqual(300);
    await startProcess('test', 'kafka');
    await eventually('the outbox drains', async () => ((await waiting()) === 0 ? true : undefined), 90_000);
    const [aside] = await shop.books.concert.rows('SELECT COUNT(*) AS n FROM outbox_events WHERE set_aside_at IS NOT NULL');
    expect(Number(aside?.n)).toBe(0);
    // The last one has reached who follows.
    await eventually('the waiting room is known', async () => {
      const room = await shop.api.send('GET', `/queue/rooms/${ids.at(-1) ?? ''}`);
      return room.status === 200 ? true : undefined;
    });
  }, 300_000);

  it('leaves the books clean', () => expectCleanBooks(shop));
});
