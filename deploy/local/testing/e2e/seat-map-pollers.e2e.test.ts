import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'undici';
import { readMetric } from '../../client/read-metric.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import { followSeats } from './follow-seats.ts';
import { admit, countSeats, eventually, holdFor, newBuyers, openSale, openTestShop, type TestShop, type Visitor } from './test-shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

const seats = 2_000;
const people = 20;
const pollers = 200;
// As often as a browser would look.
const pauseMs = 1_000;
const seatsEach = 4;

/** People who look at a seat map again and again, with the ETag of what they have. */
function startPolling({ performanceId }: Sale, visitors: Visitor[]) {
  const counts = { changed: 0, unchanged: 0 };
  const failures: string[] = [];
  let stopped = false;
  const poll = async ({ token, pass }: Visitor): Promise<void> => {
    let etag = '"none"';
    while (!stopped) {
      const reply = await request(`${shop.stack.gatewayUrl}/api/v1/performances/${performanceId}/seats`, {
        headers: { authorization: `Bearer ${token}`, 'x-queue-pass': pass, 'if-none-match': etag, 'accept-encoding': 'br' },
      });
      await reply.body.dump();
      if (reply.statusCode === 200) counts.changed += 1;
      else if (reply.statusCode === 304) counts.unchanged += 1;
      else failures.push(`${reply.statusCode}`);
      etag = String(reply.headers.etag);
      await delay(pauseMs);
    }
  };
  const polling = Array.from({ length: pollers }, (_, index) => poll(visitors[index % visitors.length]!));
  const stop = async (): Promise<void> => {
    stopped = true;
    await Promise.all(polling);
  };
  return { counts, failures, stop };
}

/** How often each instance of the reservation service has read a seat map, since its start. */
function readsByInstance(): Promise<number[]> {
  const serving = shop.stack.instances.filter(({ service }) => service === 'reservation');
  return Promise.all(serving.map(({ appPort }) => readMetric(appPort, 'ticketing_seat_map_reads_total')));
}

describe('a seat map that two hundred people look at while its seats are sold', () => {
  it('is read at most twice a second by each instance, and a stream of its changes ends with exactly what it shows', async () => {
    const sale = await openSale(shop, seats);
    const visitors = await Promise.all((await newBuyers(shop, people, sale.price * seatsEach)).map((buyer) => admit(buyer, sale)));
    const stream = await followSeats(shop, visitors[0]!, sale);
    await eventually('the stream has every seat', () => Promise.resolve(stream.seats.size === seats ? true : undefined));
    const ids = [...stream.seats.keys()];
    const polling = startPolling(sale, visitors);
    await eventually('everybody looks', () => Promise.resolve(polling.counts.changed >= pollers ? true : undefined));

    const started = performance.now();
    const before = await readsByInstance();
    // Each buyer comes when the stream has told of the one before.
    for (const [index, visitor] of visitors.entries()) {
      const wanted = ids.slice(index * seatsEach, (index + 1) * seatsEach);
      const reservationId = await holdFor(visitor, sale, wanted);
      const pays = index % 2 === 0;
      if (pays) expect((await visitor.pay(reservationId)).status).toBe(201);
      const status = pays ? 'SOLD' : 'HELD';
      await eventually(`the stream tells of ${status} seats`, () =>
        Promise.resolve(wanted.every((id) => stream.seats.get(id) === status) ? true : undefined),
      );
    }
    const reads = (await readsByInstance()).map((count, index) => count - (before[index] ?? 0));
    const seconds = (performance.now() - started) / 1_000;
    const { changed, unchanged } = polling.counts;
    await polling.stop();

    process.stderr.write(
      `${seconds.toFixed(1)} s with ${pollers} pollers, ${changed} maps and ${unchanged} times nothing new: ` +
        `${reads.map((count) => (count / seconds).toFixed(2)).join(' and ')} reads a second by instance\n`,
    );
    expect(polling.failures).toEqual([]);
    // A read every half second, and one that began just before the others were counted.
    for (const count of reads) expect(count).toBeLessThanOrEqual(2 * seconds + 1);
    expect(Math.min(...reads)).toBeGreaterThan(0);

    const sold = (people * seatsEach) / 2;
    expect(await countSeats(shop, sale)).toEqual({ AVAILABLE: seats - 2 * sold, HELD: sold, SOLD: sold });
    const map = await eventually('the map shows the last sale', async () => {
      const shown = await visitors[0]!.seatMap(sale.performanceId, visitors[0]!.pass);
      return shown.seats.filter(({ status }) => status !== 'AVAILABLE').length === 2 * sold ? shown.seats : undefined;
    });
    expect([...stream.seats].sort()).toEqual(map.map(({ id, status }) => [id, status]).sort());
    expect(stream.counts.complete).toBe(1);
    await stream.stop();
  }, 120_000);
});
