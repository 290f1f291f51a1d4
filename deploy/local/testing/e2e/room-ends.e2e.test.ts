import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { type ApiReply, problemCode } from '../../client/api-client.ts';
import { atOnce, newConcert, upTo } from './test-room.ts';
import { eventually, newBuyer, openTestShop, type TestShop } from './test-shop.ts';

const dayMs = 86_400_000;

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

const join = (token: string, concertId: string): Promise<ApiReply> =>
  shop.api.sendPatiently('POST', '/queue/tokens', { token, body: { concertId } });
const outcomeOf = (reply: ApiReply) => (reply.status < 300 ? reply.status : `${reply.status} ${problemCode(reply)}`);

async function schedule(concertId: string, startsAt: number): Promise<void> {
  const sections = [{ name: 'Floor', rows: 1, seatsPerRow: 2, price: 10_000 }];
  const body = { startsAt: new Date(startsAt).toISOString(), sections };
  const { status } = await shop.api.send('POST', `/admin/concerts/${concertId}/performances`, { token: shop.operator.token, body });
  expect(status).toBe(201);
}

describe('a waiting room', () => {
  it('is one of fifty that a person may be in', async () => {
    const { token } = await newBuyer(shop, 0);
    const concerts = await atOnce(8, upTo(55), () => newConcert(shop, shop.operator.token, Date.now() + dayMs));
    const outcomes = (await atOnce(8, concerts, (concertId) => join(token, concertId))).map(outcomeOf);
    expect(outcomes.filter((outcome) => outcome === 201)).toHaveLength(50);
    expect(outcomes.filter((outcome) => outcome === '409 too-many-rooms')).toHaveLength(5);
    const [joined, refused] = [concerts[outcomes.indexOf(201)], concerts[outcomes.indexOf('409 too-many-rooms')]!];
    expect((await shop.api.send('DELETE', `/queue/tokens/${joined}`, { token })).status).toBe(204);
    expect(outcomeOf(await join(token, refused))).toBe(201);
  });

  it('ends with its last performance, and goes on when another one is added', async () => {
    const { token } = await newBuyer(shop, 0);
    const concertId = await newConcert(shop, shop.operator.token, Date.now() - 60_000);
    await schedule(concertId, Date.now() + 5_000);
    await eventually('the end', async () => (outcomeOf(await join(token, concertId)) === '409 sale-over' ? true : undefined));
    expect((await shop.api.send('GET', `/queue/rooms/${concertId}`)).body).toMatchObject({ state: 'CLOSED' });
    await schedule(concertId, Date.now() + dayMs);
    await eventually('joins', async () => ((await join(token, concertId)).status < 300 ? true : undefined));
  });

  it('can’t be joined weeks before it opens, and takes no size that can’t be kept', async () => {
    const { token } = await newBuyer(shop, 0);
    const concertId = await newConcert(shop, shop.operator.token, Date.now() + 31 * dayMs);
    expect(outcomeOf(await join(token, concertId))).toBe('409 room-not-open-yet');
    const resize = (capacity: number) =>
      shop.api.send('PUT', `/admin/rooms/${concertId}`, { token: shop.operator.token, body: { capacity } });
    expect([(await resize(100_000)).status, outcomeOf(await resize(100_001))]).toEqual([200, '422 invalid-request']);
  });

  it('is not there for a concert that nobody knows', async () => {
    expect(outcomeOf(await shop.api.send('GET', `/queue/rooms/${newId()}`))).toBe('404 concert-not-found');
  });
});
