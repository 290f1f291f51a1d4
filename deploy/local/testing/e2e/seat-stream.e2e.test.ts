import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { Sale } from '../../demo/prepare-sale.ts';
import { eventually, holdFor, newVisitor, openSale, openTestShop, seatIdsOf, type TestShop, type Visitor } from './test-shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

const news = z.object({ complete: z.boolean(), version: z.number(), seats: z.array(z.object({ id: z.string(), status: z.string() })) });

/** Follows a seat map as a browser would: everything first, then what changes. */
async function follow(visitor: Visitor, { performanceId }: Sale) {
  const seats = new Map<string, string>();
  const controller = new AbortController();
  const response = await fetch(`${shop.stack.gatewayUrl}/api/v1/performances/${performanceId}/seats/events`, {
    headers: { authorization: `Bearer ${visitor.token}`, 'x-queue-pass': visitor.pass },
    signal: controller.signal,
  });
  const counts = { complete: 0, changes: 0 };
  const take = (line: string): void => {
    if (!line.startsWith('data: ')) return;
    const told = news.parse(JSON.parse(line.slice('data: '.length)));
    counts[told.complete ? 'complete' : 'changes'] += 1;
    if (told.complete) seats.clear();
    for (const { id, status } of told.seats) seats.set(id, status);
  };
  const read = async (): Promise<void> => {
    let rest = '';
    const decoder = new TextDecoder();
    const chunks: AsyncIterable<Uint8Array> = response.body ?? new ReadableStream<Uint8Array>();
    for await (const chunk of chunks) {
      const lines = `${rest}${decoder.decode(chunk, { stream: true })}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(line);
    }
  };
  const reading = read().catch(() => undefined);
  return { response, seats, counts, stop: () => (controller.abort(), reading) };
}

describe('GET /api/v1/performances/{id}/seats/events', () => {
  it('ends with exactly what the seat map shows, while seats are taken', async () => {
    const sale = await openSale(shop, 60);
    const visitor = await newVisitor(shop, sale);
    const stream = await follow(visitor, sale);
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
    const stream = await follow(stranger, sale);
    expect(stream.response.status).toBe(403);
    await stream.stop();
  });
});
