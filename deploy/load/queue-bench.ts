import { randomUUID } from 'node:crypto';
import { ApiClient } from '../local/client/api-client.ts';
import { createBuyer } from '../local/client/buyer.ts';
import { prepareSale, type Sale } from '../local/demo/prepare-sale.ts';
import { seedAccounts } from '../local/seed.ts';
import type { StackDescription } from '../local/stack-description.ts';
import type { Bench } from './bench-definition.ts';
import { cpuSeconds, servingCpuSeconds } from './cpu-time.ts';
import { formatLoads, type LoadRequest, measureRoute } from './measure-route.ts';
import { startNoopRoute } from './noop-route.ts';

const people = 200;
const polls = 10_000;
const connections = 50;
const signUpsAtOnce = 8;

/** Joins, joins again and polls through the gateway, beside a route that does nothing. */
export const queueBench: Bench = {
  summary: 'joins and polls of a waiting room, beside an Express route that does nothing',
  instances: { queue: 2 },
  run: measureQueue,
};

async function measureQueue(stack: StackDescription): Promise<void> {
  const api = new ApiClient(stack.gatewayUrl);
  const noop = await startNoopRoute();
  try {
    await seedAccounts(stack);
    // A room for each round of joins, since a person joins a room once.
    const sales: Sale[] = [];
    for (let round = 0; round < 10; round += 1) sales.push(await prepareSale(api, stack, { seats: 1, capacity: 1 }));
    const tokens = await signUp(api);
    const authorized = tokens.map((token) => ({ authorization: `Bearer ${token}`, 'content-type': 'application/json' }));
    const joins = sales.flatMap(({ concertId }) =>
      authorized.map<LoadRequest>((headers) => ({
        method: 'POST',
        path: '/api/v1/queue/tokens',
        headers,
        body: JSON.stringify({ concertId }),
      })),
    );
    const looks = authorized.map<LoadRequest>((headers) => ({
      method: 'GET',
      path: `/api/v1/queue/tokens/${sales[0]?.concertId ?? ''}`,
      headers,
    }));
    const serving = (): number => servingCpuSeconds(stack.profile, ['gateway', 'queue', 'redis']);
    const url = stack.gatewayUrl;
    const base = await measureRoute({ url: noop.url, requests: [{ path: '/noop' }], connections, amount: polls }, () =>
      cpuSeconds(noop.pid),
    );
    await measureRoute({ url, requests: looks, connections, amount: polls / 5 }, serving);
    const loads = {
      'Express, no-op': base,
      join: await measureRoute({ url, requests: joins, connections, amount: joins.length }, serving),
      'join again': await measureRoute({ url, requests: joins, connections, amount: joins.length }, serving),
      poll: await measureRoute({ url, requests: looks, connections, amount: polls }, serving),
    };
    process.stdout.write(
      `\n${people} people, 10 rooms, ${connections} connections, 2 queue instances. CPU of gateway, queue, their sidecars and Redis.\n`,
    );
    process.stdout.write(`${formatLoads(loads, base)}\n`);
  } finally {
    noop.stop();
    await api.close();
  }
}

/** Signs people up. @returns their access tokens */
async function signUp(api: ApiClient): Promise<string[]> {
  const tokens: string[] = [];
  let started = 0;
  const some = async (): Promise<void> => {
    while (started++ < people) tokens.push((await createBuyer(api, `${randomUUID()}@example.com`)).token);
  };
  await Promise.all(Array.from({ length: signUpsAtOnce }, some));
  return tokens;
}
