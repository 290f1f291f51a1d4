import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { z } from 'zod';
import { startProcess, stopProcess } from '../../control.ts';
import { expectCleanBooks } from './clean-books.ts';
import { countSeats, eventually, holdFor, newVisitor, openSale, openTestShop, seatIdsOf, type TestShop } from './test-shop.ts';

const replayShape = z.object({ id: z.uuid(), matched: z.number(), published: z.number(), status: z.string() });
const found = z.object({ items: z.array(z.object({ id: z.string() })), degraded: z.boolean() });
const alias = 'concerts-v4';

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

const reservations = () => shop.stack.instances.filter(({ service }) => service === 'reservation');

/** Makes every instance of the service forget what it remembers of seats. */
async function forgetSeats(): Promise<void> {
  for (const { name } of reservations()) {
    await stopProcess('test', name, 'SIGKILL');
    await startProcess('test', name);
  }
}

async function replayAll(service: string): Promise<void> {
  const token = shop.operator.token;
  const body = { service, from: '2020-01-01T00:00:00Z', to: new Date(Date.now() + 60_000) };
  const asked = await shop.api.call(replayShape, 'POST', '/admin/events/replays', { token, body });
  expect(asked.matched).toBeGreaterThan(0);
  await eventually(`all of ${service} is published again`, async () => {
    const replay = await shop.api.call(replayShape, 'GET', `/admin/events/replays/${asked.id}`, { token });
    return replay.status === 'COMPLETED' && replay.published === replay.matched ? replay : undefined;
  });
}

async function elasticsearch(method: string, path: string, body?: unknown): Promise<unknown> {
  const reply = await fetch(`${shop.stack.elasticsearch.url}/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer: unknown = await reply.json();
  expect([reply.status, answer]).toEqual([200, expect.anything()]);
  return answer;
}

const indices = z.record(
  z.string(),
  z.object({ mappings: z.unknown(), settings: z.object({ index: z.object({ analysis: z.unknown(), number_of_replicas: z.unknown() }) }) }),
);

/** Puts an empty index in the place of the one that answers. A service that has just made one may have replaced it in between. */
async function emptyIndex(): Promise<void> {
  await eventually('an empty index answers', () =>
    replaceIndex().then(
      () => true,
      () => undefined,
    ),
  );
}

async function replaceIndex(): Promise<void> {
  const [[old, { mappings, settings }] = fail()] = Object.entries(indices.parse(await elasticsearch('GET', alias)));
  const { analysis, number_of_replicas } = settings.index;
  const empty = `${alias}-${Date.now()}`;
  await elasticsearch('PUT', empty, { mappings, settings: { index: { analysis, number_of_replicas } } });
  await elasticsearch('POST', '_aliases', { actions: [{ add: { index: empty, alias } }, { remove_index: { index: old } }] });
}

async function deleteIndex(): Promise<void> {
  const names = Object.keys(indices.parse(await elasticsearch('GET', `${alias}-*`)));
  await elasticsearch('DELETE', names.join(','));
}

function fail(): never {
  throw new Error('there is no search index');
}

it.each([
  ['the search index is empty', emptyIndex],
  ['there is no search index', deleteIndex],
])(
  'a replay brings back what is derived from events when %s and nothing is known of seats',
  async (_what, destroy) => {
    const sale = await openSale(shop, 4);
    const [buyer, holder] = [await newVisitor(shop, sale), await newVisitor(shop, sale)];
    const [first = '', second = ''] = await seatIdsOf(sale, buyer);
    await buyer.pay(await holdFor(buyer, sale, [first]));
    await holdFor(holder, sale, [second]);

    await destroy();
    await forgetSeats();
    for (const service of ['concert', 'reservation', 'payment']) await replayAll(service);

    const isFound = async () => {
      const { items, degraded } = await shop.api.call(found, 'GET', `/concerts?q=${encodeURIComponent(sale.title)}`);
      return !degraded && items.some(({ id }) => id === sale.concertId) ? true : undefined;
    };
    // A new index holds everything that other tests have made.
    await eventually('the concert is found by the index', isFound, 120_000);
    await expectCleanBooks(shop);
    const { seats } = await holder.seatMap(sale.performanceId, holder.pass);
    const shown: Record<string, number> = {};
    for (const { status } of seats) shown[status] = (shown[status] ?? 0) + 1;
    expect(shown).toEqual(await countSeats(shop, sale));
  },
  300_000,
);
