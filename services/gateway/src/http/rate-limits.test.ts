import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { RoomState, TokenStatus } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';
import { networkOf } from './rate-limits.ts';

const token = { concertId: ids.concert, status: TokenStatus.WAITING, roomState: RoomState.OPEN, position: 1, joinNumber: 1 };
const answer = { result: { case: 'token' as const, value: token } };

let gateway: RunningGateway | undefined;
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});

async function startShop(environment: NodeJS.ProcessEnv) {
  const asked = { joins: 0, polls: 0 };
  const started = await startGateway(
    {
      queue: {
        joinQueue: () => {
          asked.joins += 1;
          return { ...answer, created: true };
        },
        getQueueTokens: ({ userIds }) => {
          asked.polls += userIds.length;
          return { items: userIds.map((userId) => ({ userId, token })) };
        },
      },
      concert: { searchConcerts: () => ({ result: { case: 'page', value: {} } }) },
    },
    { environment },
  );
  gateway = started;
  const as = async (userId: string) => ({ authorization: `Bearer ${await started.accessToken(userId)}` });
  const poll = async (userId: string) => fetch(`${started.url}/api/v1/queue/tokens/${ids.concert}`, { headers: await as(userId) });
  const join = async (userId: string) =>
    fetch(`${started.url}/api/v1/queue/tokens`, {
      method: 'POST',
      headers: { ...(await as(userId)), 'content-type': 'application/json' },
      body: JSON.stringify({ concertId: ids.concert }),
    });
  return { asked, poll, join };
}

const times = <T>(count: number, work: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, work));
const count = (responses: Response[], status: number): number => responses.filter((response) => response.status === status).length;

describe('limits of the waiting room', () => {
  it.each(['poll', 'join'] as const)('stop a flood of one person’s %ss with a time to wait, and cost nobody else', async (kind) => {
    const shop = await startShop({ RATE_POLLS: '5', RATE_JOINS: '5' });
    const flood = await times(60, () => shop[kind](ids.fan));
    const stopped = flood.filter(({ status }) => status === 429);
    expect(stopped.length).toBeGreaterThan(0);
    expect(stopped.every(({ headers }) => Number(headers.get('retry-after')) >= 1)).toBe(true);
    // What was stopped did not reach the queue; polls that come at once share a question.
    const asked = shop.asked.polls + shop.asked.joins;
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(60 - stopped.length);
    expect((await shop[kind](ids.stranger)).status).not.toBe(429);
  });

  it.each(['poll', 'join'] as const)('stop a flood of %ss from one address, whoever they say they are', async (kind) => {
    const shop = await startShop({ RATE_POLLS_ADDRESS: '5', RATE_JOINS_ADDRESS: '5' });
    expect(count(await times(60, () => shop[kind](crypto.randomUUID())), 429)).toBeGreaterThan(0);
  });

  it('let a usual client through', async () => {
    const shop = await startShop({});
    expect(count(await times(10, () => shop.join(ids.fan)), 201)).toBe(10);
    expect(count(await times(10, () => shop.poll(ids.fan)), 200)).toBe(10);
  });
});

describe('limits per address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:0:7:1:2:3:4', '2001:db8:0:7::/64'],
    ['2001:DB8:0000:0007::9', '2001:db8:0:7::/64'],
    ['2001:db8::7:0:0:0:1', '2001:db8:0:7::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['unknown', 'unknown'],
  ])('count %s as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it('stop one client that comes from many addresses of its network', async () => {
    await startShop({ TRUST_PROXY: 'loopback', RATE_SUGGESTIONS: '5' });
    const suggest = (address: string) =>
      fetch(`${gateway?.url}/api/v1/concerts/suggestions?q=a`, { headers: { 'x-forwarded-for': address } });
    const flood = await Promise.all(Array.from({ length: 60 }, (_, index) => suggest(`2001:db8::${index.toString(16)}`)));
    expect(count(flood, 429)).toBeGreaterThan(0);
    expect((await suggest('2001:db8:1::1')).status).not.toBe(429);
  });
});

describe('the limit of an address', () => {
  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${gateway?.url}${path}`, { headers });
  /** A token of ours with another signature. */
  async function forgedToken(): Promise<string> {
    const [head, payload] = ((await gateway?.accessToken(ids.fan)) ?? '').split('.');
    return `${head}.${payload}.${randomBytes(64).toString('base64url')}`;
  }
  /** The statuses that there are, in the order in which they came. */
  async function statusesUntilStopped(ask: () => Promise<Response>): Promise<number[]> {
    const statuses = new Set<number>();
    for (let left = 500; left > 0 && !statuses.has(429); left -= 1) statuses.add((await ask()).status);
    return [...statuses];
  }
  const forged = async () => ({ authorization: `Bearer ${await forgedToken()}` });

  it.each<[string, () => Promise<Record<string, string>>]>([
    ['without a token', () => Promise.resolve({})],
    ['with a forged token', forged],
    ['with what is no token', () => Promise.resolve({ authorization: 'Bearer x' })],
    ['of one user', async () => ({ authorization: `Bearer ${await gateway?.accessToken(ids.fan)}` })],
  ])('counts every request, %s', async (_what, headersOf) => {
    await startShop({ RATE_ADDRESS: '5' });
    const flood = await times(60, async () => get('/api/v1/points', await headersOf()));
    const stopped = flood.filter(({ status }) => status === 429);
    expect(flood.length - stopped.length).toBeLessThan(60);
    expect(stopped.every(({ headers }) => Number(headers.get('retry-after')) >= 1)).toBe(true);
    expect((await get('/api/v1/points', { 'x-forwarded-for': '192.0.2.1' })).status).toBe(401);
  });

  it('stops forged tokens soon, and nobody whose token is known', async () => {
    await startShop({ RATE_BAD_TOKENS: '5' });
    const honest = { authorization: `Bearer ${await gateway?.accessToken(ids.fan)}` };
    const path = `/api/v1/queue/tokens/${ids.concert}`;
    expect((await get(path, honest)).status).toBe(200);
    expect(await statusesUntilStopped(async () => get(path, await forged()))).toEqual([401, 429]);
    expect((await get(path, honest)).status).toBe(200);
    expect((await get(path, { ...(await forged()), 'x-forwarded-for': '192.0.2.1' })).status).toBe(401);
  });

  it('stops forged passes as well', async () => {
    await startShop({ RATE_BAD_TOKENS: '5' });
    const headers = { authorization: `Bearer ${await gateway?.accessToken(ids.fan)}`, 'x-queue-pass': await forgedToken() };
    expect(await statusesUntilStopped(() => get(`/api/v1/performances/${ids.performance}/seats`, headers))).toEqual([403, 429]);
  });

  it('of a user counts what is refused for its pass', async () => {
    await startShop({ RATE_USER: '5' });
    const headers = { authorization: `Bearer ${await gateway?.accessToken(ids.fan)}` };
    const flood = await times(60, () => get(`/api/v1/performances/${ids.performance}/seats`, headers));
    expect(count(flood, 429)).toBeGreaterThan(0);
  });
});

describe('the limit of searches', () => {
  it('stops who searches too fast, and not who looks through the list', async () => {
    await startShop({ RATE_SEARCHES: '5' });
    const list = (query: string, address = '192.0.2.1') =>
      fetch(`${gateway?.url}/api/v1/concerts?${query}`, { headers: { 'x-forwarded-for': address } });
    const flood = await times(60, () => list('q=a'));
    expect(count(flood, 429)).toBeGreaterThan(0);
    expect(count(flood, 200) + count(flood, 429)).toBe(60);
    expect(count(await times(60, () => list('artist=a', '192.0.2.2')), 429)).toBeGreaterThan(0);
    expect(count(await times(60, () => list('limit=1')), 200)).toBe(60);
  });
});
