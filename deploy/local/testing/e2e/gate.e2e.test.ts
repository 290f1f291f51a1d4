import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { atOnce } from '../../../load/at-once.ts';
import { createPeople, fillWallets, letIn, type Visitor } from '../../../load/crowd.ts';
import type { ApiReply } from '../../client/api-client.ts';
import type { Buyer } from '../../client/buyer.ts';
import { paymentShape } from '../../client/shapes.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import { scheduledPerformance } from './api-shapes.ts';
import { expectCleanBooks } from './clean-books.ts';
import { expectRefusal } from './refusals.ts';
import { countSeats, eventually, newBuyer, newOrganiser, openSale, openTestShop, sqlId, type TestShop, tally } from './test-shop.ts';

const [seats, twice, refunded, forged, offline, conflicts] = [2_000, 200, 50, 20, 500, 100];
const seatsPerOrder = 4;
const signal = new AbortController().signal;

const userShape = z.object({ id: z.string() });
const ticketShape = z.object({ id: z.string(), qr: z.string(), qrText: z.string() });
const outcomesShape = z.object({
  items: z.array(
    z.object({
      nonce: z.string(),
      result: z.string(),
      gate: z.string().nullable().optional(),
      first: z.object({ gate: z.string() }).optional(),
    }),
  ),
});
const listShape = z.object({
  items: z.array(z.object({ ticketId: z.string(), void: z.boolean(), checkedInAt: z.string().optional() })),
  mark: z.string(),
  more: z.boolean(),
});
const summaryShape = z.object({ items: z.array(z.object({ section: z.string(), sold: z.number(), checkedIn: z.number() })) });

interface Ticket {
  id: string;
  qrText: string;
}

let shop: TestShop;
let sale: Sale;
let tonight: Sale;
beforeAll(async () => {
  shop = await openTestShop();
  sale = await openSale(shop, 1);
  const startsAt = new Date(Date.now() + 2 * 3_600_000).toISOString();
  const sections = ['Floor', 'Balcony'].map((name) => ({ name, rows: seats / 100, seatsPerRow: 50, price: sale.price }));
  const path = `/admin/concerts/${sale.concertId}/performances`;
  const { id } = await shop.api.call(scheduledPerformance, 'POST', path, { token: shop.operator.token, body: { startsAt, sections } });
  tonight = { ...sale, performanceId: id };
  await eventually('the seats', async () => ((await countSeats(shop, tonight)).AVAILABLE === seats ? true : undefined));
});
afterAll(() => shop.close());

const gatePath = (rest = '') => `/admin/performances/${tonight.performanceId}/${rest}`;

/** Lets somebody new work at the gate. */
async function newSteward(): Promise<Buyer & { id: string }> {
  const steward = await newBuyer(shop, 0);
  const { id } = await shop.api.call(userShape, 'GET', '/users/me', { token: steward.token });
  await shop.api.call(z.unknown(), 'PUT', gatePath(`gate-staff/${id}`), { token: shop.operator.token });
  return { ...steward, id };
}

function scan({ token }: Pick<Buyer, 'token'>, body: Record<string, unknown>): Promise<ApiReply> {
  return shop.api.sendPatiently('POST', gatePath('check-ins'), { token, body: { nonce: randomUUID(), ...body } });
}

interface Order {
  paymentId: string;
  token: string;
  tickets: Ticket[];
}

/** Buys seats, and looks at the tickets. */
async function buy({ buyer, pass }: Visitor, seatIds: string[]): Promise<Order> {
  const held = await buyer.hold(tonight.performanceId, pass, seatIds);
  const paid = paymentShape.parse((await buyer.pay(userShape.parse(held.body).id)).body);
  const { token } = buyer;
  const look = ({ id }: { id: string }) => shop.api.call(ticketShape, 'GET', `/tickets/${id}`, { token });
  return { paymentId: paid.id, token, tickets: await Promise.all((paid.tickets ?? []).map(look)) };
}

/** Sells all seats, four to a person, and two to each of the last two. */
async function sellAll(): Promise<Order[]> {
  const count = seats / seatsPerOrder + 1;
  const people = await createPeople(shop.stack, shop.api, count);
  await fillWallets(people, seatsPerOrder * sale.price, signal);
  const visitors = await letIn(people, sale.concertId);
  const [first] = visitors;
  if (!first) throw new Error('nobody is there');
  const free = (await first.buyer.seatMap(tonight.performanceId, first.pass)).seats.map(({ id }) => id);
  const wanted = visitors.map((visitor, index) => ({ visitor, seatIds: free.splice(0, index < count - 2 ? seatsPerOrder : 2) }));
  const orders: Order[] = [];
  await atOnce(32, wanted, signal, async ({ visitor, seatIds }) => {
    orders.push(await buy(visitor, seatIds));
  });
  return orders;
}

/** Gives back as many orders as have `refunded` tickets together. @returns their tickets */
async function giveBack(orders: Order[]): Promise<Ticket[]> {
  const small = orders.findIndex(({ tickets }) => tickets.length === refunded % seatsPerOrder);
  const given = [
    ...orders.splice(small, 1),
    ...orders.filter(({ tickets }) => tickets.length === seatsPerOrder).slice(0, Math.floor(refunded / seatsPerOrder)),
  ];
  for (const order of given) if (orders.includes(order)) orders.splice(orders.indexOf(order), 1);
  for (const { paymentId, token } of given) {
    const reply = await shop.api.sendPatiently('POST', `/payments/${paymentId}/refunds`, { token, idempotencyKey: randomUUID(), body: {} });
    expect(reply.status).toBe(201);
  }
  return given.flatMap(({ tickets }) => tickets);
}

/** A code in which one letter is another. */
function forge({ qrText }: Ticket): string {
  return `${qrText.slice(0, 100)}${qrText[100] === '0' ? '1' : '0'}${qrText.slice(101)}`;
}

describe('an evening at the gate', () => {
  let stewards: Buyer[];
  let orders: Order[];
  let good: Ticket[];
  let gone: Ticket[];
  beforeAll(async () => {
    stewards = await Promise.all([1, 2, 3, 4].map(() => newSteward()));
    orders = await sellAll();
    gone = await giveBack(orders);
    good = orders.flatMap(({ tickets }) => tickets);
  }, 120_000);

  it('begins with a list of all tickets', async () => {
    expect([good.length, gone.length]).toEqual([seats - refunded, refunded]);
    const items = await listAll();
    expect(items.size).toBe(seats);
    expect(gone.every(({ id }) => items.get(id)?.void === true)).toBe(true);
  });

  async function listAll(): Promise<Map<string, z.infer<typeof listShape>['items'][number]>> {
    const listed = new Map<string, z.infer<typeof listShape>['items'][number]>();
    let page: z.infer<typeof listShape> | undefined;
    do {
      const since = page ? `?since=${page.mark}` : '';
      page = await shop.api.call(listShape, 'GET', gatePath(`gate-list${since}`), { token: stewards[0]?.token });
      for (const item of page.items) listed.set(item.ticketId, item);
    } while (page.more);
    return listed;
  }

  it('lets each good ticket in once, and names every conflict', async () => {
    const [one, two, three, four] = stewards;
    if (!one || !two || !three || !four) throw new Error('a gate is closed');
    const held = good.slice(0, offline);
    const live = good.slice(offline);
    const replies: ApiReply[] = [];
    const note = async (reply: Promise<ApiReply>): Promise<void> => void replies.push(await reply);
    // At the same instant at two gates each.
    await atOnce(4, live.slice(0, twice), signal, async ({ qrText }) => {
      await Promise.all([one, two].map((steward, gate) => note(scan(steward, { qr: qrText, gate: `Gate ${gate + 1}` }))));
    });
    expect(tally(replies)).toEqual({ '201': twice, '409 already-checked-in': twice });
    replies.length = 0;
    const codes = [
      ...live.slice(twice).map(({ qrText }) => qrText),
      ...held.slice(0, conflicts).map(({ qrText }) => qrText),
      ...gone.map(({ qrText }) => qrText),
      ...good.slice(0, forged).map(forge),
    ];
    const queues = [one, two, three].map((steward, gate) => ({ steward, codes: codes.filter((_, index) => index % 3 === gate), gate }));
    await Promise.all(
      queues.map(({ steward, codes: own, gate }) => atOnce(4, own, signal, (qr) => note(scan(steward, { qr, gate: `Gate ${gate + 1}` })))),
    );
    expect(tally(replies)).toEqual({
      '201': live.length - twice + conflicts,
      '409 ticket-void': refunded,
      '422 ticket-invalid': forged,
    });
    const items = held.map(({ qrText }) => ({
      qr: qrText,
      nonce: randomUUID(),
      gate: 'Gate 4',
      at: new Date(Date.now() - 1_800_000).toISOString(),
    }));
    const upload = () => shop.api.call(outcomesShape, 'POST', gatePath('check-ins/batch'), { token: four.token, body: { items } });
    const outcomes = await upload();
    expect(outcomes.items.filter(({ result }) => result === 'checked-in')).toHaveLength(offline - conflicts);
    const late = outcomes.items.filter(({ result }) => result === 'already-checked-in');
    expect(late).toHaveLength(conflicts);
    expect(late.every(({ gate, first }) => gate !== 'Gate 4' && first?.gate === 'Gate 4')).toBe(true);
    expect(await upload()).toEqual(outcomes);
  }, 120_000);

  it('ends with everybody in', async () => {
    const rows = await shop.books.reservation.rows(
      `SELECT ticket_id AS ticket, COUNT(*) AS n FROM check_ins
        WHERE performance_id = ${sqlId(tonight.performanceId)} AND live_ticket_id IS NOT NULL GROUP BY ticket_id`,
    );
    expect(rows.map(({ ticket }) => ticket).toSorted()).toEqual(good.map(({ id }) => id.replaceAll('-', '')).toSorted());
    expect(new Set(rows.map(({ n }) => n))).toEqual(new Set([1]));
    await eventually('the list has them', async () => {
      const items = [...(await listAll()).values()];
      return items.filter(({ checkedInAt }) => checkedInAt !== undefined).length === good.length ? true : undefined;
    });
    const summary = await eventually('the summary', async () => {
      const counted = await shop.api.call(summaryShape, 'GET', gatePath('check-ins/summary'), { token: stewards[0]?.token });
      return counted.items.every(({ sold, checkedIn }) => sold === checkedIn) ? counted : undefined;
    });
    expect(summary.items.reduce((sum, { checkedIn }) => sum + checkedIn, 0)).toBe(good.length);
    await expectCleanBooks(shop);
  });

  it('gives no points back for a ticket that somebody was let in with', async () => {
    const [order] = orders;
    const refund = { token: order?.token, idempotencyKey: randomUUID(), body: {} };
    expectRefusal(await shop.api.send('POST', `/payments/${order?.paymentId}/refunds`, refund), 409, 'refund-not-allowed');
  });
});

describe('a gate', () => {
  it('is nothing to those who do not work at it', async () => {
    const [fan, rival, steward] = [await newBuyer(shop, 0), await newOrganiser(shop), await newSteward()];
    const elsewhere = { ...steward, path: `/admin/performances/${sale.performanceId}/` };
    const ticketId = randomUUID();
    const requests: ['GET' | 'POST' | 'DELETE', string, unknown][] = [
      ['POST', 'check-ins', { ticketId, nonce: 'n' }],
      ['POST', 'check-ins/batch', { items: [{ ticketId, nonce: 'n' }] }],
      ['DELETE', `check-ins/${ticketId}`, undefined],
      ['GET', 'gate-list', undefined],
      ['GET', 'check-ins/summary', undefined],
    ];
    for (const [method, path, body] of requests) {
      for (const { token } of [fan, rival]) {
        expectRefusal(await shop.api.send(method, gatePath(path), { token, body }), 404, 'performance-not-found');
      }
      expectRefusal(await shop.api.send(method, gatePath(path), { body }), 401, 'unauthenticated');
      expectRefusal(await shop.api.send(method, `${elsewhere.path}${path}`, { token: steward.token, body }), 404, 'performance-not-found');
    }
    for (const [method, path] of [
      ['GET', 'gate-staff'],
      ['PUT', `gate-staff/${steward.id}`],
      ['DELETE', `gate-staff/${steward.id}`],
    ] as const) {
      for (const { token } of [fan, steward]) expectRefusal(await shop.api.send(method, gatePath(path), { token }), 403, 'forbidden');
      expectRefusal(await shop.api.send(method, gatePath(path), { token: rival.token }), 404, 'performance-not-found');
    }
    const { token } = shop.operator;
    expectRefusal(await shop.api.send('PUT', gatePath(`gate-staff/${randomUUID()}`), { token }), 404, 'user-not-found');
  });

  it('is closed within seconds to who is taken from it', async () => {
    const steward = await newSteward();
    const look = () => shop.api.send('GET', gatePath('check-ins/summary'), { token: steward.token });
    expect((await look()).status).toBe(200);
    const { token } = shop.operator;
    const staff = z.object({ items: z.array(z.object({ userId: z.string(), name: z.string() })) });
    const listed = await shop.api.call(staff, 'GET', gatePath('gate-staff'), { token });
    expect(listed.items).toContainEqual({ userId: steward.id, name: 'Buyer' });
    expect((await shop.api.send('DELETE', gatePath(`gate-staff/${steward.id}`), { token })).status).toBe(204);
    await eventually('the refusal', async () => ((await look()).status === 404 ? true : undefined));
  });
});
