import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Database, newId, type SqlValue } from '@ticketing/common/database';
import type { Context } from '../context.ts';
import type { Performance } from '../performances/performances.ts';
import {
  createGateTestContext,
  giveBack,
  scanAt,
  sellSeats,
  standingOf,
  type TestOrder,
  type TestScan,
  undo,
  uploadScans,
} from '../testing/test-gate.ts';
import { openSale } from '../testing/test-sale.ts';

let ctx: Context;
let other: Context;
beforeAll(async () => {
  [ctx, other] = [await createGateTestContext(), await createGateTestContext()];
});
afterAll(() => Promise.all([ctx.stop(), other.stop()]));

const open = (seats: number): Promise<Performance> => openSale(ctx, seats, { startsInMs: 3_600_000 });
const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);

async function sellMany(performance: Performance, seats: number): Promise<TestOrder[]> {
  const orders: TestOrder[] = [];
  const sellSome = async (): Promise<void> => {
    while (orders.length * 4 < seats) orders.push(await sellSeats(ctx, performance, 4));
  };
  await sellSome();
  return orders;
}

describe('scans of a gate that was offline', () => {
  it('count in the order of their times, whatever their order in the list', async () => {
    const performance = await open(4);
    const [{ ticketIds }] = [await sellSeats(ctx, performance, 2)];
    const [one = '', two = ''] = ticketIds;
    const scans = [
      { ticketId: one, gate: 'South', at: minutesAgo(5) },
      { ticketId: two, gate: 'South' },
      { ticketId: one, gate: 'North', at: minutesAgo(10) },
      { ticketId: two, gate: 'North', at: minutesAgo(1) },
    ];
    expect(await uploadScans(ctx, performance, scans)).toEqual(['in before by North', 'in before by North', 'in', 'in']);
  });

  it('do not take back what stands, though they were earlier', async () => {
    const performance = await open(1);
    const [ticketId = ''] = (await sellSeats(ctx, performance)).ticketIds;
    expect(await scanAt(ctx, performance, { ticketId, gate: 'North' })).toBe('in');
    const scan = { ticketId, gate: 'South', at: minutesAgo(10), nonce: newId() };
    expect(await uploadScans(ctx, performance, [scan])).toEqual(['in before by North']);
    await undo(ctx, performance, ticketId);
    expect(await uploadScans(ctx, performance, [scan])).toEqual(['in before by North']);
    expect(await uploadScans(ctx, performance, [{ ...scan, nonce: newId() }])).toEqual(['in']);
  });

  it('that can’t be touch no other', async () => {
    const performance = await open(4);
    const { ticketIds } = await sellSeats(ctx, performance, 3);
    const [one = '', two = '', three = ''] = ticketIds;
    const refunded = await sellSeats(ctx, performance);
    await giveBack(ctx, refunded);
    const scans = [
      { ticketId: one },
      { qr: 'nonsense' },
      { ticketId: newId() },
      { ticketId: two, at: minutesAgo(-10) },
      { ticketId: refunded.ticketIds[0] ?? '' },
      { ticketId: three },
    ];
    const outcomes = ['in', 'ticket-invalid', 'ticket-invalid', 'invalid-time', 'ticket-void', 'in'];
    expect(await uploadScans(ctx, performance, scans)).toEqual(outcomes);
    expect([...(await standingOf(ctx, performance)).keys()].toSorted()).toEqual([one, three].toSorted());
  });

  it('get the same answers when they are sent again, in another instance and under their key too', async () => {
    const performance = await open(8);
    const { ticketIds } = await sellSeats(ctx, performance, 4);
    const scans = ticketIds.map((ticketId) => ({ ticketId, nonce: newId(), at: minutesAgo(3) }));
    const twice = [...scans, ...scans.map((scan) => ({ ...scan, nonce: newId(), gate: 'South' }))];
    const answers = await uploadScans(ctx, performance, twice);
    expect(answers).toEqual([...Array(4).fill('in'), ...Array(4).fill('in before by ')]);
    const key = newId();
    expect(await Promise.all([ctx, other, ctx].map((at) => uploadScans(at, performance, twice, key)))).toEqual([answers, answers, answers]);
    expect(await uploadScans(ctx, performance, scans.slice(1), key)).toEqual(['idempotency-key-reused']);
    expect([...(await standingOf(ctx, performance)).values()]).toEqual(Array(4).fill(1));
  });

  /** A database that fails whenever it is to keep a scan of this ticket. */
  function failingAt(db: Database, ticketId: string): Database {
    const isBad = (sql: string, values: SqlValue[] = []): boolean =>
      sql.startsWith('INSERT INTO outbox_events') && JSON.stringify(values).includes(ticketId);
    return {
      ...db,
      transaction: (work) =>
        db.transaction((tx) =>
          work({ ...tx, execute: (sql, values) => (isBad(sql, values) ? Promise.reject(new Error('a bug')) : tx.execute(sql, values)) }),
        ),
    };
  }

  it('of which one fails have an outcome all the same, and that one is sent again', async () => {
    const performance = await open(4);
    const { ticketIds } = await sellSeats(ctx, performance, 4);
    const scans = ticketIds.map((ticketId) => ({ ticketId, nonce: newId() }));
    const stumbling = { ...ctx, db: failingAt(ctx.db, ticketIds[2] ?? '') };
    expect(await uploadScans(stumbling, performance, scans, 'a key')).toEqual(['in', 'in', 'temporarily-unavailable', 'in']);
    expect(await uploadScans(ctx, performance, scans, 'a key')).toEqual(Array(4).fill('in'));
    await expect(uploadScans(stumbling, performance, [{ ticketId: ticketIds[2] ?? '', nonce: newId() }])).resolves.toEqual([
      'in before by ',
    ]);
  });

  it('of which none can be decided fail together', async () => {
    const performance = await open(1);
    const [ticketId = ''] = (await sellSeats(ctx, performance)).ticketIds;
    const stumbling = { ...ctx, db: failingAt(ctx.db, ticketId) };
    await expect(uploadScans(stumbling, performance, [{ ticketId }])).rejects.toThrow('a bug');
  });
});

describe('an evening at four gates', () => {
  const [seats, atOnce, refunded, forged, offline] = [200, 20, 8, 5, 50];

  it('lets each good ticket in once, and names every conflict', async () => {
    const performance = await open(seats);
    const orders = await sellMany(performance, seats);
    const gone = orders.splice(0, refunded / 4);
    for (const order of gone) expect(await giveBack(ctx, order)).toBe('released');
    const good = orders.flatMap(({ ticketIds }) => ticketIds);
    const held = good.slice(0, offline);
    const live = good.slice(offline);
    // Of what the gate scans offline, some are scanned at another gate too.
    const both = held.slice(0, atOnce);
    const contexts = [ctx, other, ctx, other];
    const queues: TestScan[][] = contexts.map(() => []);
    [...live, ...both, ...gone.flatMap(({ ticketIds }) => ticketIds), ...Array.from({ length: forged }, () => newId())].forEach(
      (ticketId, index) => queues[index % 4]?.push({ ticketId, gate: `Gate ${index % 4}` }),
    );
    for (const ticketId of live.slice(0, atOnce)) queues[1]?.push({ ticketId, gate: 'Gate 1' });
    const outcomes: string[] = [];
    await Promise.all(
      contexts.map(async (at, gate) => {
        for (const scan of queues[gate] ?? []) outcomes.push(await scanAt(at, performance, scan));
      }),
    );
    const uploaded = await uploadScans(
      ctx,
      performance,
      held.map((ticketId) => ({ ticketId, gate: 'Offline', at: minutesAgo(2) })),
    );
    const count = (all: string[], start: string) => all.filter((outcome) => outcome.startsWith(start)).length;
    expect(count(outcomes, 'ticket-void')).toBe(refunded);
    expect(count(outcomes, 'ticket-invalid')).toBe(forged);
    expect(count(outcomes, 'in before by Gate')).toBe(atOnce);
    expect(count(uploaded, 'in before by Gate')).toBe(atOnce);
    expect(uploaded.filter((outcome) => outcome === 'in')).toHaveLength(offline - atOnce);
    const standing = await standingOf(ctx, performance);
    expect([...standing.keys()].toSorted()).toEqual(good.toSorted());
    expect(new Set(standing.values())).toEqual(new Set([1]));
  }, 120_000);
});
