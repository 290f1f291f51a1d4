import { afterEach, describe, expect, it } from '@jest/globals';
import { RoomState, TokenStatus } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

const token = { concertId: ids.concert, status: TokenStatus.WAITING, roomState: RoomState.OPEN, position: 1, joinNumber: 1 };
const answer = { result: { case: 'token' as const, value: token } };

let gateway: RunningGateway;
afterEach(() => gateway.stop());

async function startShop(environment: NodeJS.ProcessEnv) {
  const asked = { joins: 0, polls: 0 };
  gateway = await startGateway(
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
  const as = async (userId: string) => ({ authorization: `Bearer ${await gateway.accessToken(userId)}` });
  const poll = async (userId: string) => fetch(`${gateway.url}/api/v1/queue/tokens/${ids.concert}`, { headers: await as(userId) });
  const join = async (userId: string) =>
    fetch(`${gateway.url}/api/v1/queue/tokens`, {
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
