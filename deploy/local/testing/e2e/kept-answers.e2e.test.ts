import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { readMetric } from '../../client/read-metric.ts';
import { concertShape } from '../../client/shapes.ts';
import { newConcert } from './test-room.ts';
import { eventually, holdFor, newVisitor, openSale, openTestShop, seatIdsOf, sqlId, type TestShop, type Visitor } from './test-shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

const addConcert = (): Promise<string> => newConcert(shop, shop.operator.token, Date.now() - 60_000);
const look = (concertId: string) => shop.api.call(concertShape, 'GET', `/concerts/${concertId}`);

/** How often the gateway has made an answer that it keeps. */
async function made(name: string): Promise<number> {
  const gateways = shop.stack.instances.filter(({ service }) => service === 'gateway');
  const counts = await Promise.all(gateways.map(({ appPort }) => readMetric(appPort, 'ticketing_kept_answers_made_total', { name })));
  return counts.reduce((sum, count) => sum + count, 0);
}

describe('what the gateway keeps', () => {
  it('answers the many who look, and all their looks are counted', async () => {
    const concertId = await addConcert();
    const before = await made('getConcert');
    const lookers = 200;
    await Promise.all(Array.from({ length: lookers }, () => look(concertId)));
    expect((await made('getConcert')) - before).toBeLessThan(lookers / 2);
    let looks = lookers;
    const views = await eventually('the views are written', async () => {
      looks += 1;
      await look(concertId);
      const [row] = await shop.books.concert.rows(`SELECT views FROM concerts WHERE id = ${sqlId(concertId)}`);
      return Number(row?.views) >= lookers ? Number(row?.views) : undefined;
    });
    expect(views).toBeLessThanOrEqual(looks);
  }, 60_000);

  it('follows a change that another gateway has made', async () => {
    const concertId = await addConcert();
    expect((await look(concertId)).title).toBe((await look(concertId)).title);
    const title = `Elsewhere ${newId()}`;
    const service = shop.stack.instances.find((instance) => instance.service === 'concert');
    const changed = await fetch(`${service?.url}/ticketing.concert.v1.ConcertService/UpdateConcert`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'dapr-api-token': shop.stack.appApiToken },
      body: JSON.stringify({ concertId, title, actor: { userId: newId(), operator: true } }),
    });
    expect(changed.status).toBe(200);
    await eventually('the new title is shown', async () => ((await look(concertId)).title === title ? true : undefined));
  }, 60_000);
});

describe('the seat map', () => {
  const heldIn = async ({ seatMap, pass }: Visitor, performanceId: string): Promise<string[]> => {
    const { seats } = await seatMap(performanceId, pass);
    return seats.filter(({ status }) => status === 'HELD').map(({ id }) => id);
  };

  it('shows people what they have just been given themselves, and soon to everybody', async () => {
    const sale = await openSale(shop, 40);
    const [buyer, other] = await Promise.all([newVisitor(shop, sale), newVisitor(shop, sale)]);
    const ids = await seatIdsOf(sale, buyer);
    for (const mine of [ids.slice(0, 1), ids.slice(1, 4)]) {
      await seatIdsOf(sale, other);
      await holdFor(buyer, sale, mine);
      expect(await heldIn(buyer, sale.performanceId)).toEqual(expect.arrayContaining(mine));
    }
    const everywhere = ids.slice(0, 4);
    await eventually('others see it', async () => ((await heldIn(other, sale.performanceId)).length === 4 ? true : undefined));
    expect(new Set(await heldIn(buyer, sale.performanceId))).toEqual(new Set(everywhere));
  }, 60_000);
});
