import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readAlerts } from '../../../observability/alert-rules.ts';
import { readDashboard } from '../../../observability/dashboard.ts';
import { type MetricSelector, selectorsIn } from '../../../observability/metric-selectors.ts';
import { tokenShape } from '../../client/shapes.ts';
import { changeRoom } from './test-room.ts';
import { admit, eventually, holdFor, newBuyers, newVisitor, openSale, openTestShop, seatIdsOf, type TestShop } from './test-shop.ts';

/** Series that others make: what they are named, and who makes them. */
const foreign: readonly { readonly name: RegExp; readonly from: string }[] = [
  { name: /^up$/, from: 'Prometheus itself' },
  { name: /^kube_(horizontalpodautoscaler|job|cronjob)_/, from: 'kube-state-metrics' },
];
/** Labels that come with the scrape. */
const scrapeLabels = ['namespace', 'pod', 'service', 'endpoint'];

/** The labels of a metric's series, by the metric's name. */
type Series = Map<string, Set<string>[]>;

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

/** Everything that is measured once by a sale: a search, a visit, a purchase, and the events of it. */
async function sellOnce(): Promise<void> {
  const sale = await openSale(shop, 1);
  const visitor = await newVisitor(shop, sale);
  expect((await shop.api.send('GET', '/concerts?q=seoul')).status).toBe(200);
  const reservationId = await holdFor(visitor, sale, await seatIdsOf(sale, visitor));
  expect((await visitor.pay(reservationId)).status).toBe(201);
}

/** An estimate is compared with a wait where the instance of queue that gave it lets the person in: each is asked, by several who wait. */
async function waitAndEnter(): Promise<void> {
  const waiting = 4;
  const sale = await openSale(shop, waiting, 0);
  const people = await newBuyers(shop, waiting);
  for (let asked = 0; asked < 4; asked += 1) {
    for (const { token } of people) {
      const place = await shop.api.call(tokenShape, 'POST', '/queue/tokens', { token, body: { concertId: sale.concertId } });
      expect(place.status).toBe('WAITING');
    }
  }
  await changeRoom(shop, sale.concertId, { capacity: waiting });
  await Promise.all(people.map((person) => admit(person, sale)));
}

async function scrapeAll(): Promise<Series> {
  const ports = shop.stack.instances.flatMap(({ appPort, daprMetricsPort }) => [appPort, daprMetricsPort]);
  const series: Series = new Map();
  for (const port of ports) {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    for (const line of (await response.text()).split('\n')) {
      const [, metric, labels = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? /.exec(line) ?? [];
      if (metric === undefined) continue;
      series.set(metric, [...(series.get(metric) ?? []), new Set([...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label))]);
    }
  }
  return series;
}

/** What nobody measures of what is asked for. */
function missing(asked: readonly MetricSelector[], series: Series): string[] {
  return asked
    .filter(({ metric }) => !foreign.some(({ name }) => name.test(metric)))
    .filter(({ metric, labels }) => {
      const own = labels.filter((label) => !scrapeLabels.includes(label));
      return !series.get(metric)?.some((present) => own.every((label) => present.has(label)));
    })
    .map(({ metric, labels }) => `${metric}{${labels.join(', ')}}`);
}

describe('what a shop measures', () => {
  const alerts = readAlerts().flatMap(({ expr }) => selectorsIn(expr));
  const dashboard = readDashboard().panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => selectorsIn(expr)));

  it('has every metric and label that the alerts and the dashboard ask for', async () => {
    await sellOnce();
    await waitAndEnter();
    let absent: string[] = [];
    // The last events of a purchase arrive after its answer.
    await eventually('every metric is there', async () => {
      absent = missing([...alerts, ...dashboard], await scrapeAll());
      return absent.length === 0 ? true : undefined;
    }).catch(() => undefined);
    expect(absent).toEqual([]);
  }, 90_000);

  it('would be missed', async () => {
    const series = await scrapeAll();
    expect(missing(selectorsIn('ticketing_mistyped_total'), series)).toEqual(['ticketing_mistyped_total{}']);
    expect(missing(selectorsIn('ticketing_searches_total{sauce="index"}'), series)).toEqual(['ticketing_searches_total{sauce}']);
  });
});
