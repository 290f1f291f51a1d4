import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { followSeats } from './follow-seats.ts';
import { eventually, holdFor, newVisitor, openSale, openTestShop, seatIdsOf, type TestShop } from './test-shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

describe('GET /api/v1/performances/{id}/seats/events', () => {
  it('ends with exactly what the seat map shows, while seats are taken', async () => {
    const sale = await openSale(shop, 60);
    const visitor = await newVisitor(shop, sale);
    const stream = await followSeats(shop, visitor, sale);
    expect(stream.response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const ids = await seatIdsOf(sale, visitor);
    for (let first = 0; first < 20; first += 4) await holdFor(await newVisitor(shop, sale), sale, ids.slice(first, first + 4));
    const { seats } = await visitor.seatMap(sale.performanceId, visitor.pass);
    expect(seats.filter(({ status }) => status === 'HELD').length).toBeGreaterThan(0);
    await eventually('the stream shows twenty held seats', () =>
      Promise.resolve([...stream.seats.values()].filter((status) => status === 'HELD').length === 20 ? true : undefined),
    );
    // The map of the instance that answers may be half a second behind the one that told the stream.
    const shown = await eventually('the map shows them too', async () => {
      const map = await visitor.seatMap(sale.performanceId, visitor.pass);
      return map.seats.filter(({ status }) => status === 'HELD').length === 20 ? map.seats : undefined;
    });
    expect([...stream.seats].sort()).toEqual(shown.map(({ id, status }) => [id, status]).sort());
    expect(stream.counts.complete).toBe(1);
    expect(stream.counts.changes).toBeGreaterThan(0);
    await stream.stop();
  });

  it('is for holders of a pass for this concert', async () => {
    const [sale, other] = [await openSale(shop, 1), await openSale(shop, 1)];
    const stranger = await newVisitor(shop, other);
    const stream = await followSeats(shop, stranger, sale);
    expect(stream.response.status).toBe(403);
    await stream.stop();
  });
});
