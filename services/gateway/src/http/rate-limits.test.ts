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
