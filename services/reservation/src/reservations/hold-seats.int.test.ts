import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Database, idToBinary, newId } from '@ticketing/common/database';
import { withoutGuard } from '@ticketing/common/testing/without-guard';
import type { Context } from '../context.ts';
import { askForSeats, countSeats, createTestContext, letHoldsExpire, openSale } from '../testing/test-sale.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

/** Another instance of the service. */
const another = (db = ctx.db): Context => ({ ...ctx, db: { ...db } });

/** The same database, which counts the transactions it is asked for. */
function counted(db: Database): { db: Database; transactions: () => number } {
  let count = 0;
  const transaction: Database['transaction'] = (work) => {
    count += 1;
    return db.transaction(work);
  };
  return { db: { ...db, transaction }, transactions: () => count };
}

const free = `(status = 'AVAILABLE' OR (status = 'HELD' AND hold_expires_at <= UTC_TIMESTAMP(3)))`;

function winners(answers: unknown[]): unknown[] {
  return answers.filter((answer) => typeof answer === 'object');
}

describe('holdSeats', () => {
  it('gives one seat to one of a hundred people', async () => {
    const performance = await openSale(ctx, 1);
    const seatIds = [...performance.seats.keys()];
    const answers = await Promise.all(Array.from({ length: 100 }, () => askForSeats(ctx, performance, { seatIds })));
    expect(winners(answers)).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'seat-taken')).toHaveLength(99);
  });

  it('gives one seat to one of a hundred people who ask two instances', async () => {
    const performance = await openSale(ctx, 1);
    const seatIds = [...performance.seats.keys()];
    const instances = [another(), another()];
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => askForSeats(instances[n % 2]!, performance, { seatIds })));
    expect(winners(answers)).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'seat-taken')).toHaveLength(99);
  });

  it('would give it more than once without the condition', async () => {
    const unguarded = another(withoutGuard(ctx.db, `AND ${free}`, ''));
    const performance = await openSale(ctx, 1);
    const seatIds = [...performance.seats.keys()];
    const answers = [await askForSeats(unguarded, performance, { seatIds }), await askForSeats(unguarded, performance, { seatIds })];
    expect(winners(answers)).toHaveLength(2);
  });

  it('decides each order of a group by itself, in one transaction', async () => {
    const performance = await openSale(ctx, 52);
    const [first, second, ...others] = [...performance.seats.keys()];
    await askForSeats(ctx, performance, { seatIds: [first!] });
    const { db, transactions } = counted(ctx.db);
    const orders = [[first!], [first!, second!], [second!], ...others.map((id) => [id])].map((seatIds) => ({ seatIds, userId: newId() }));
    const instance = another(db);
    const answers = await Promise.all(orders.map((order) => askForSeats(instance, performance, order)));
    expect(answers.slice(0, 2)).toEqual(['seat-taken', 'seat-taken']);
    expect(answers.slice(2)).toEqual(orders.slice(2).map(({ userId }) => ({ id: expect.any(String), userId })));
    expect(await countSeats(ctx, performance)).toEqual({ HELD: 52 });
    expect(transactions()).toBeLessThan(orders.length / 4);
  });

  it('lets one order that fails harm no other of its group', async () => {
    const performance = await openSale(ctx, 51);
    const [poisoned, ...others] = [...performance.seats.keys()];
    // Its pass does not fit into the column, which only MySQL finds out.
    const orders = [{ seatIds: [poisoned!], passId: 'x'.repeat(10_000) }, ...others.map((id) => ({ seatIds: [id] }))];
    const answers = await Promise.allSettled(orders.map((order) => askForSeats(ctx, performance, order)));
    expect(answers.map(({ status }) => status)).toEqual(['rejected', ...others.map(() => 'fulfilled')]);
    expect(await countSeats(ctx, performance)).toEqual({ AVAILABLE: 1, HELD: 50 });
  });

  it('holds overlapping sets wholly or not at all', async () => {
    const performance = await openSale(ctx, 10);
    const ids = [...performance.seats.keys()];
    const sets = Array.from({ length: 60 }, (_, index) => [0, 1, 2].map((step) => ids[(index + step * 3) % ids.length]!));
    const answers = await Promise.all(sets.map((seatIds) => askForSeats(another(), performance, { seatIds })));
    const counts = await countSeats(ctx, performance);
    expect(counts.HELD).toBe(winners(answers).length * 3);
    const torn = await ctx.db.query(
      `SELECT r.id FROM reservations r LEFT JOIN seats s ON s.reservation_id = r.id WHERE r.performance_id = ? GROUP BY r.id HAVING COUNT(s.id) <> 3`,
      [idToBinary(performance.id)],
    );
    expect(torn).toEqual([]);
  });

  it('gives an expired hold to the next one, with no sweeper running', async () => {
    const performance = await openSale(ctx, 1);
    const seatIds = [...performance.seats.keys()];
    expect(await askForSeats(ctx, performance, { seatIds })).toEqual(expect.objectContaining({ id: expect.any(String) }));
    expect(await askForSeats(ctx, performance, { seatIds })).toBe('seat-taken');
    await letHoldsExpire(ctx, performance);
    expect(await askForSeats(ctx, performance, { seatIds })).toEqual(expect.objectContaining({ id: expect.any(String) }));
  });

  it('chooses the best seats for many people at once, no seat twice', async () => {
    const performance = await openSale(ctx, 40);
    const answers = await Promise.all(Array.from({ length: 30 }, () => askForSeats(ctx, performance, { quantity: 2 })));
    expect(winners(answers)).toHaveLength(20);
    expect(await countSeats(ctx, performance)).toEqual({ HELD: 40 });
    expect(answers.filter((answer) => answer === 'not-enough-seats')).toHaveLength(10);
  });

  it('keeps a person within the limit across concurrent orders', async () => {
    const performance = await openSale(ctx, 20);
    const userId = newId();
    const instances = [another(), another()];
    const orders = [...performance.seats.keys()].map((id, n) => askForSeats(instances[n % 2]!, performance, { userId, seatIds: [id] }));
    const answers = await Promise.all(orders);
    expect(winners(answers)).toHaveLength(4);
    expect(answers.filter((answer) => answer === 'person-limit-reached')).toHaveLength(16);
  });

  it('would exceed the limit without the lock on the person', async () => {
    // Both count before one of them commits.
    const slow = withoutGuard(ctx.db, 'AS open, UTC_TIMESTAMP(3) AS now', 'AS open, UTC_TIMESTAMP(3) AS now, SLEEP(0.3)');
    const unguarded = withoutGuard(slow, 'FOR UPDATE SKIP LOCKED', '');
    const instances = [another(unguarded), another(unguarded)];
    const performance = await openSale(ctx, 20);
    const userId = newId();
    const [first, ...seatIds] = [...performance.seats.keys()];
    await askForSeats(ctx, performance, { userId, seatIds: [first!] });
    const orders = seatIds.map((id, n) => askForSeats(instances[n % 2]!, performance, { userId, seatIds: [id] }));
    expect(winners(await Promise.all(orders)).length).toBeGreaterThan(3);
  });

  it('answers a repeated Idempotency-Key with the first answer, concurrently too', async () => {
    const performance = await openSale(ctx, 4);
    const [seat, other] = [...performance.seats.keys()];
    const order = { userId: newId(), seatIds: [seat!], idempotencyKey: randomUUID() };
    const answers = await Promise.all(Array.from({ length: 10 }, () => askForSeats(ctx, performance, order)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await countSeats(ctx, performance)).toEqual({ AVAILABLE: 3, HELD: 1 });
    expect(await askForSeats(ctx, performance, { ...order, seatIds: [other!] })).toBe('idempotency-key-reused');
  });

  it('has one effect per key in two instances at once', async () => {
    const performance = await openSale(ctx, 4);
    const order = { userId: newId(), quantity: 1, idempotencyKey: randomUUID() };
    const answers = await Promise.all(Array.from({ length: 10 }, () => askForSeats(another(), performance, order)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await countSeats(ctx, performance)).toEqual({ AVAILABLE: 3, HELD: 1 });
  });

  it('takes the same request again under its key once the seat is free or the sale open', async () => {
    const performance = await openSale(ctx, 1, { saleOpensAt: new Date(Date.now() + 3_600_000) });
    const order = { userId: newId(), seatIds: [...performance.seats.keys()], idempotencyKey: randomUUID() };
    expect(await askForSeats(ctx, performance, order)).toBe('sale-not-open');
    await ctx.db.execute('UPDATE performances SET sale_opens_at = UTC_TIMESTAMP(3) WHERE id = ?', [idToBinary(performance.id)]);
    await askForSeats(ctx, performance, { ...order, userId: newId() });
    expect(await askForSeats(ctx, performance, order)).toBe('seat-taken');
    await letHoldsExpire(ctx, performance);
    const held = await askForSeats(ctx, performance, order);
    expect(winners([held])).toHaveLength(1);
    expect(await askForSeats(ctx, performance, order)).toEqual(held);
  });

  it('refuses before the sale opens, by the clock of MySQL', async () => {
    const performance = await openSale(ctx, 2, { saleOpensAt: new Date(Date.now() + 3_600_000) });
    expect(await askForSeats(ctx, performance, { quantity: 1 })).toBe('sale-not-open');
    expect(await countSeats(ctx, performance)).toEqual({ AVAILABLE: 2 });
  });

  it('refuses seats of another performance and passes of another concert', async () => {
    const [performance, foreign] = [await openSale(ctx, 2), await openSale(ctx, 2)];
    expect(await askForSeats(ctx, performance, { seatIds: [...foreign.seats.keys()] })).toBe('seat-not-found');
    expect(await askForSeats(ctx, { ...performance, concertId: foreign.concertId }, { quantity: 1 })).toBe('queue-pass-invalid');
  });
});
