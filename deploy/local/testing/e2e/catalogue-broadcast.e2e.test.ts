import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { z } from 'zod';
import { concertShape } from '../../client/shapes.ts';
import { startProcess, stopProcess } from '../../control.ts';
import type { InstanceDescription } from '../../stack-description.ts';
import * as shapes from './api-shapes.ts';
import { newConcert } from './test-room.ts';
import { eventually, openTestShop, type TestShop } from './test-shop.ts';

let shop: TestShop;
let instances: InstanceDescription[];
beforeAll(async () => {
  shop = await openTestShop();
  instances = shop.stack.instances.filter(({ service }) => service === 'concert');
});
afterAll(async () => {
  await Promise.all(instances.map(({ sidecar }) => startProcess('test', sidecar)));
  await shop.close();
}, 120_000);

// A copy that was just read is given for five seconds without another look (catalogue-cache.ts), and for ten at most.
const freshMs = 4_500;
const longestMs = 30_000;

const details = z.object({ concert: z.object({ title: z.string() }) });

/** The title that an instance shows by its own cache, asked at its own port. */
async function titleIn({ url }: InstanceDescription, concertId: string): Promise<string> {
  const response = await fetch(`${url}/ticketing.concert.v1.ConcertService/GetConcert`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'dapr-api-token': shop.stack.appApiToken },
    body: JSON.stringify({ concertId }),
  });
  return details.parse(await response.json()).concert.title;
}

async function rename(concertId: string, title: string): Promise<void> {
  const changed = await shop.api.call(concertShape, 'PATCH', `/admin/concerts/${concertId}`, {
    token: shop.operator.token,
    body: { title },
  });
  expect(changed.title).toBe(title);
}

const addConcert = (): Promise<string> => newConcert(shop, shop.operator.token, Date.now() - 60_000);

describe('a change of the catalogue', () => {
  it('is seen in every instance before any copy has become too old, and by search', async () => {
    expect(instances).toHaveLength(2);
    const [concertId, title] = [await addConcert(), `Broadcast ${newId()}`];
    const read = performance.now();
    const old = await Promise.all(instances.map((instance) => titleIn(instance, concertId)));
    expect(new Set(old).size).toBe(1);
    await rename(concertId, title);
    const changed = performance.now();
    const seen = (what: string, look: () => Promise<boolean>, timeoutMs: number): Promise<string> =>
      eventually(
        `${what} shows the new title`,
        async () => ((await look()) ? `${what} ${(performance.now() - changed).toFixed(0)} ms` : undefined),
        timeoutMs,
      );
    const times = await Promise.all([
      ...instances.map((instance) =>
        seen(instance.name, async () => (await titleIn(instance, concertId)) === title, freshMs - (changed - read)),
      ),
      seen(
        'search',
        async () => {
          const { items, degraded } = await shop.api.call(shapes.concertPage, 'GET', `/concerts?q=${encodeURIComponent(title)}`);
          return !degraded && items[0]?.id === concertId && items[0].title === title;
        },
        longestMs,
      ),
    ]);
    process.stderr.write(`after a change of a title: ${times.join(', ')}\n`);
  }, 60_000);

  it('is seen by its age in an instance that the message does not reach', async () => {
    const deaf = instances[1]!;
    const concertId = await addConcert();
    await stopProcess('test', deaf.sidecar);
    // Until the sidecar of the gateway has noticed, a call may be lost.
    const old = `Before ${newId()}`;
    await eventually('the other instance answers alone', () =>
      rename(concertId, old)
        .then(() => true as const)
        .catch(() => undefined),
    );
    const title = `Unheard ${newId()}`;
    const read = performance.now();
    expect(await titleIn(deaf, concertId)).toBe(old);
    await rename(concertId, title);
    expect(await titleIn(instances[0]!, concertId)).toBe(title);
    expect(await titleIn(deaf, concertId)).toBe(old);
    await eventually('the copy is read anew', async () => ((await titleIn(deaf, concertId)) === title ? true : undefined), longestMs);
    process.stderr.write(`without the message: ${deaf.name} ${(performance.now() - read).toFixed(0)} ms after it had read its copy\n`);
    await startProcess('test', deaf.sidecar);
  }, 90_000);
});
