import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { readMetric } from '../../client/read-metric.ts';
import { paymentShape } from '../../client/shapes.ts';
import { expectCleanBooks } from './clean-books.ts';
import { expectRefusal } from './refusals.ts';
import { holdFor, newOrganiser, newVisitor, openSale, openTestShop, seatIdsOf, type TestShop } from './test-shop.ts';

const refunds = z.object({ seats: z.number(), amount: z.number() });
const section = z.object({
  ...{ name: z.string(), capacity: z.number(), sold: z.number(), held: z.number(), free: z.number(), amount: z.number() },
  refunded: refunds,
});
const sales = z.object({
  concertId: z.string(),
  at: z.iso.datetime(),
  performances: z.array(z.object({ id: z.string(), sections: z.array(section) })),
});
const minutes = z.object({
  unit: z.string(),
  items: z.array(
    z.object({
      at: z.iso.datetime(),
      section: z.string().nullable(),
      seatsSold: z.number(),
      seatsRefunded: z.number(),
      amountSold: z.number(),
      amountRefunded: z.number(),
    }),
  ),
});

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

/** Reads figures from a stream until some fit. */
async function watch(
  concertId: string,
  token: string,
): Promise<{ until: (fits: (one: z.infer<typeof sales>) => boolean) => Promise<z.infer<typeof sales>>; stop: () => void }> {
  const controller = new AbortController();
  const response = await fetch(`${shop.stack.gatewayUrl}/api/v1/admin/concerts/${concertId}/sales/events`, {
    headers: { authorization: `Bearer ${token}` },
    signal: controller.signal,
  });
  expect(response.status).toBe(200);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const until = async (fits: (one: z.infer<typeof sales>) => boolean): Promise<z.infer<typeof sales>> => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) throw new Error('the stream has ended');
      text += value;
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        if (!line.startsWith('data: ')) continue;
        const figures = sales.parse(JSON.parse(line.slice('data: '.length)));
        if (fits(figures)) return figures;
      }
    }
  };
  return { until, stop: () => controller.abort() };
}

/** How often any instance was asked for sales. */
async function calls(): Promise<number> {
  const route = '/ticketing.reservation.v1.SalesService/GetSales';
  const asked = shop.stack.instances.filter(({ service }) => service === 'reservation');
  const counts = await Promise.all(asked.map(({ appPort }) => readMetric(appPort, 'http_server_duration_seconds_count', { route })));
  return counts.reduce((sum, count) => sum + count, 0);
}

describe('the sales of a concert', () => {
  it('show what is bought and refunded: now, by minute, and to all who watch by one call a second', async () => {
    const sale = await openSale(shop, 6);
    const { token } = shop.operator;
    const watchers = [await watch(sale.concertId, token), await watch(sale.concertId, token)];
    const visitor = await newVisitor(shop, sale, 1_000_000);
    const ids = await seatIdsOf(sale, visitor);
    const payment = paymentShape.parse((await visitor.pay(await holdFor(visitor, sale, ids.slice(0, 2)))).body);
    await visitor.pay(await holdFor(visitor, sale, ids.slice(2, 3)));
    const refund = await shop.api.send('POST', `/payments/${payment.id}/refunds`, {
      token: visitor.token,
      idempotencyKey: randomUUID(),
      body: {},
    });
    expect(refund.status).toBe(201);

    const expected = { capacity: 6, sold: 1, held: 0, free: 5, amount: sale.price, refunded: { seats: 2, amount: 2 * sale.price } };
    const isThere = (figures: z.infer<typeof sales>): boolean => figures.performances[0]?.sections[0]?.refunded.seats === 2;
    for (const { until } of watchers)
      expect((await until(isThere)).performances).toMatchObject([{ id: sale.performanceId, sections: [expected] }]);

    // Each watcher by itself would have cost twice as many.
    const [before, begun] = [await calls(), Date.now()];
    for (let event = 0; event < 6; event += 1) await Promise.all(watchers.map(({ until }) => until(() => true)));
    expect((await calls()) - before).toBeLessThanOrEqual((Date.now() - begun) / 1_000 + 2);
    for (const { stop } of watchers) stop();

    const path = `/admin/concerts/${sale.concertId}/sales`;
    expect((await shop.api.call(sales, 'GET', path, { token })).performances).toMatchObject([{ sections: [expected] }]);
    const { unit, items } = await shop.api.call(minutes, 'GET', `${path}/minutes?by=section`, { token });
    expect(unit).toBe('minute');
    const sum = (figure: 'seatsSold' | 'seatsRefunded' | 'amountSold' | 'amountRefunded') =>
      items.reduce((total, item) => total + item[figure], 0);
    expect([sum('seatsSold'), sum('amountSold'), sum('seatsRefunded'), sum('amountRefunded')]).toEqual([
      3,
      3 * sale.price,
      2,
      2 * sale.price,
    ]);
    await expectCleanBooks(shop);
  });

  it('are for its organiser and for operators', async () => {
    const sale = await openSale(shop, 1);
    const [stranger, fan] = [await newOrganiser(shop), await newVisitor(shop, sale, 0)];
    for (const path of ['', '/minutes', '/events'].map((end) => `/admin/concerts/${sale.concertId}/sales${end}`)) {
      expectRefusal(await shop.api.send('GET', path, { token: stranger.token }), 404, 'concert-not-found');
      expectRefusal(await shop.api.send('GET', path, { token: fan.token }), 403, 'forbidden');
      expectRefusal(await shop.api.send('GET', path), 401, 'unauthenticated');
    }
  });
});
