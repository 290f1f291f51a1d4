import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { countPlan } from '@ticketing/contracts/seat-plan';
import { arenaPlan } from '@ticketing/contracts/testing/arena-plan';
import { z } from 'zod';
import { paymentShape } from '../../client/shapes.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import { scheduledPerformance } from './api-shapes.ts';
import { expectCleanBooks } from './clean-books.ts';
import { expectRefusal } from './refusals.ts';
import { countSeats, eventually, newVisitor, openSale, openTestShop, type TestShop, type Visitor } from './test-shop.ts';

let shop: TestShop;
let sale: Sale;
beforeAll(async () => {
  shop = await openTestShop();
  sale = await openSale(shop, 1);
});
afterAll(() => shop.close());

const startsAt = () => new Date(Date.now() + 30 * 86_400_000).toISOString();
const letters = z.object({ version: z.number(), statuses: z.string() });
const heldShape = z.object({
  id: z.string(),
  amount: z.number(),
  seats: z.array(z.object({ id: z.string(), section: z.string(), row: z.string(), number: z.number(), position: z.number() })),
});
const layoutShape = z.object({
  totalSeats: z.number(),
  stage: z.object({ label: z.string() }).optional(),
  categories: z.array(z.object({ name: z.string(), price: z.number() })),
  sections: z.array(
    z.object({ name: z.string(), position: z.number(), rows: z.array(z.looseObject({ label: z.string(), count: z.number() })) }),
  ),
});
const detailsShape = z.looseObject({
  saleState: z.string(),
  maxSeatsPerPerson: z.number(),
  totalSeats: z.number(),
  concert: z.object({ id: z.string() }),
  venue: z.object({ name: z.string() }),
});

/** As pretix exports a hall: two zones, of which one has curved rows, and a stage. */
function pretixHall(): unknown {
  const at = (x: number, y: number) => ({ x: Math.round(x * 10) / 10, y: Math.round(y * 10) / 10 });
  const seat = (row: string, number: number, category: string, position: object) => ({
    ...{ seat_guid: `${row}-${number}-${category}`, seat_number: `${row}-${number}`, uuid: randomUUID(), category, position, radius: 10 },
  });
  return {
    ...{
      name: 'Hall',
      size: { width: 1_000, height: 800 },
      categories: [
        { name: 'Stalls', color: '#1f77b4' },
        { name: 'Balcony', color: 'gold' },
      ],
    },
    zones: [
      {
        ...{ name: 'Parkett', zone_id: 'p', position: at(100, 100) },
        areas: [
          {
            shape: 'rectangle',
            color: '#ccc',
            position: at(0, -80),
            rectangle: { width: 500, height: 60 },
            text: { text: 'Bühne', position: at(0, 0) },
          },
        ],
        rows: Array.from({ length: 4 }, (_, row) => ({
          ...{ row_number: String(row + 1), row_number_position: 'both', position: at(0, row * 30) },
          seats: Array.from({ length: 10 }, (_seat, index) => seat(String(row + 1), index + 1, 'Stalls', at(index * 28, 0))),
        })),
      },
      {
        ...{ name: 'Rang', position: at(500, 900), areas: [] },
        rows: Array.from({ length: 2 }, (_, row) => ({
          ...{ row_number: `R${row + 1}`, position: at(0, 0) },
          seats: Array.from({ length: 12 }, (_seat, index) => {
            const [angle, radius] = [-2.2 + index * 0.05, 600 + row * 30];
            return seat(`R${row + 1}`, index + 1, 'Balcony', at(radius * Math.cos(angle), radius * Math.sin(angle)));
          }),
        })),
      },
    ],
  };
}

async function schedule(layout: object, seats: number): Promise<Sale> {
  const path = `/admin/concerts/${sale.concertId}/performances`;
  const body = { startsAt: startsAt(), ...layout };
  const made = await shop.api.call(scheduledPerformance, 'POST', path, { token: shop.operator.token, body });
  expect(made.totalSeats).toBe(seats);
  const added = { ...sale, performanceId: made.id };
  await eventually('the seats', async () => ((await countSeats(shop, added)).AVAILABLE === seats ? true : undefined), 90_000);
  return added;
}

const holdAt = ({ token, pass }: Visitor, { performanceId }: Sale, positions: number[]) =>
  shop.api.sendPatiently('POST', '/reservations', { token, pass, idempotencyKey: randomUUID(), body: { performanceId, positions } });

const look = ({ token, pass }: Visitor, { performanceId }: Sale) =>
  shop.api.call(letters, 'GET', `/performances/${performanceId}/seats?as=positions`, { token, pass });

/** The bytes as they come. */
function packed(path: string): Promise<{ status: number | undefined; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const sent = request(`${shop.stack.gatewayUrl}/api/v1${path}`, { headers: { 'accept-encoding': 'br' } }, (response) => {
      buffer(response).then((body) => resolve({ status: response.statusCode, body }), reject);
    });
    sent.on('error', reject).end();
  });
}

describe('a plan of pretix', () => {
  it('is imported, its layout read, and a seat of it bought by position', async () => {
    const prices = { Stalls: 60_000, Balcony: 40_000 };
    const hall = await schedule({ pretix: { plan: pretixHall(), prices } }, 64);
    const path = `/performances/${hall.performanceId}`;
    const details = await shop.api.call(detailsShape, 'GET', path);
    expect(details).toMatchObject({
      totalSeats: 64,
      saleState: 'ON_SALE',
      maxSeatsPerPerson: 4,
      priceFrom: 40_000,
      concert: { id: sale.concertId },
    });
    const layout = await shop.api.call(layoutShape, 'GET', `${path}/layout`);
    expect(layout).toMatchObject({
      ...{ totalSeats: 64, stage: { label: 'Bühne' } },
      categories: [
        { name: 'Stalls', price: 60_000 },
        { name: 'Balcony', price: 40_000 },
      ],
      sections: [
        { name: 'Parkett', position: 0, rows: [1, 2, 3, 4].map((row) => ({ label: String(row), count: 10, dx: 28, dy: 0 })) },
        {
          name: 'Rang',
          position: 40,
          rows: [
            { label: 'R1', count: 12, bend: expect.any(Number) },
            { label: 'R2', count: 12 },
          ],
        },
      ],
    });

    const [buyer, other] = [await newVisitor(shop, sale), await newVisitor(shop, sale)];
    expect((await look(buyer, hall)).statuses).toBe('A'.repeat(64));
    const held = heldShape.parse((await holdAt(buyer, hall, [12, 63])).body);
    expect(held.amount).toBe(100_000);
    const place = ({ section, row, number, position }: (typeof held.seats)[number]) => `${section} ${row} ${number} ${position}`;
    expect(held.seats.map(place).sort()).toEqual(['Parkett 2 3 12', 'Rang R2 12 63']);
    // At once to the buyer, to others when the map is read again.
    expect((await look(buyer, hall)).statuses.replaceAll('A', '')).toBe('HH');
    const taken = await holdAt(other, hall, [12, 13]);
    expectRefusal(taken, 409, 'seat-taken');
    expect(taken.body).toMatchObject({ positions: [12] });
    expectRefusal(await holdAt(other, hall, [64]), 404, 'seat-not-found');

    expect(paymentShape.parse((await buyer.pay(held.id)).body).status).toBe('COMPLETED');
    await eventually('the seats are sold', async () => ((await look(other, hall)).statuses[63] === 'S' ? true : undefined));
    expect(await countSeats(shop, hall)).toEqual({ AVAILABLE: 62, SOLD: 2 });
  });

  it('is refused by the path of what is wrong', async () => {
    const plan = {
      name: 'x',
      categories: [{ name: 'A' }],
      zones: [{ name: 'Z', position: { x: 0, y: 0 }, rows: [{ row_number: '1', seats: [{}] }] }],
    };
    const body = { startsAt: startsAt(), pretix: { plan, prices: { A: 1_000 } } };
    const reply = await shop.api.send('POST', `/admin/concerts/${sale.concertId}/performances`, { token: shop.operator.token, body });
    expectRefusal(reply, 422, 'invalid-request');
    expect(JSON.stringify(reply.body)).toContain('pretix.plan.zones.0.rows.0.seats.0.seat_number');
  });
});

describe('a hall of 50,000 seats', () => {
  it('is scheduled, built, shown in a few KiB and sold by position', async () => {
    const seats = countPlan(arenaPlan()).totalSeats;
    const arena = await schedule({ plan: arenaPlan() }, seats);
    const path = `/performances/${arena.performanceId}/layout`;
    // It is compressed when it is first asked for, which a busy machine may be late with.
    const bytes = await eventually('the layout', async () => {
      const { status, body } = await packed(path);
      return status === 200 ? body : undefined;
    });
    expect(bytes.byteLength).toBeLessThanOrEqual(8 * 1_024);
    expect(layoutShape.parse(JSON.parse(brotliDecompressSync(bytes).toString())).totalSeats).toBe(seats);
    const visitor = await newVisitor(shop, sale);
    const held = heldShape.parse((await holdAt(visitor, arena, [0, 25_000, seats - 1])).body);
    expect(held.seats.map(({ position }) => position).sort((a, b) => a - b)).toEqual([0, 25_000, seats - 1]);
    const { statuses } = await look(visitor, arena);
    expect([statuses.length, statuses[0], statuses[25_000], statuses[1]]).toEqual([seats, 'H', 'H', 'A']);
    // The whole map with ids, uncompressed, is what goes through the sidecars at the most.
    expect((await visitor.seatMap(arena.performanceId, visitor.pass)).seats).toHaveLength(seats);
    await shop.api.sendPatiently('DELETE', `/reservations/${held.id}`, { token: visitor.token });
  }, 180_000);
});

describe('seats that are kept for guests', () => {
  it('are sold to all others until they are released', async () => {
    const hall = await schedule({ sections: [{ name: 'Floor', rows: 1, seatsPerRow: 4, price: 1_000 }] }, 4);
    const { token } = shop.operator;
    const path = `/admin/performances/${hall.performanceId}/blocks`;
    const made = await shop.api.send('POST', path, { token, body: { positions: [1, 2], reason: 'Press' } });
    expect(made).toMatchObject({ status: 201, body: { positions: [1, 2] } });
    const visitor = await newVisitor(shop, sale);
    expectRefusal(await holdAt(visitor, hall, [0, 1]), 409, 'seat-taken');
    await eventually('the map', async () => ((await look(visitor, hall)).statuses === 'ASSA' ? true : undefined));
    expect((await shop.api.send('GET', path, { token })).body).toMatchObject({ seats: { total: 4, available: 2, blocked: 2 } });
    const { id } = z.object({ id: z.string() }).parse(made.body);
    await expectCleanBooks(shop);
    expect((await shop.api.send('DELETE', `${path}/${id}`, { token })).status).toBe(204);
    expect((await holdAt(visitor, hall, [1])).status).toBe(201);
  });
});
