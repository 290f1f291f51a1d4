import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Sidecar } from '@ticketing/common/dapr';
import { idToBinary, newId } from '@ticketing/common/database';
import { withoutGuard } from '@ticketing/common/testing/without-guard';
import type { Context } from '../context.ts';
import { askForSeats, countSeats, createTestContext, letHoldsExpire, openSale } from '../testing/test-sale.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

// MySQL has to decide alone: no claim turns anybody away before.
const withoutShield = (): Context => ({ ...ctx, shield: { claim: () => Promise.resolve([]), release: () => Promise.resolve() } });

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

  it('gives one seat to one person when MySQL decides alone', async () => {
    const performance = await openSale(ctx, 1);
    const seatIds = [...performance.seats.keys()];
    const answers = await Promise.all(Array.from({ length: 50 }, () => askForSeats(withoutShield(), performance, { seatIds })));
    expect(winners(answers)).toHaveLength(1);
  });

  it('would sell it more than once without the condition in the update', async () => {
    const unguarded = { ...withoutShield(), db: withoutGuard(ctx.db, `AND ${free}`, '') };
    const performance = await openSale(ctx, 1);
    const seatIds = [...performance.seats.keys()];
    const answers = await Promise.all(Array.from({ length: 20 }, () => askForSeats(unguarded, performance, { seatIds })));
    expect(winners(answers).length).toBeGreaterThan(1);
  });

  it('holds overlapping sets wholly or not at all', async () => {
    const performance = await openSale(ctx, 10);
    const ids = [...performance.seats.keys()];
    const sets = Array.from({ length: 60 }, (_, index) => [0, 1, 2].map((step) => ids[(index + step * 3) % ids.length]!));
    const answers = await Promise.all(sets.map((seatIds) => askForSeats(withoutShield(), performance, { seatIds })));
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
    const orders = [...performance.seats.keys()].map((id) => askForSeats(withoutShield(), performance, { userId, seatIds: [id] }));
    const answers = await Promise.all(orders);
    expect(winners(answers)).toHaveLength(4);
    expect(answers.filter((answer) => answer === 'person-limit-reached')).toHaveLength(16);
  });

  it('would exceed the limit without the lock on the person', async () => {
    const lock = 'FROM person_limits WHERE performance_id = ? AND user_id = ? FOR UPDATE SKIP LOCKED';
    const unguarded = { ...withoutShield(), db: withoutGuard(ctx.db, lock, 'FROM person_limits WHERE performance_id = ? AND user_id = ?') };
    const performance = await openSale(ctx, 20);
    const userId = newId();
    const [first, ...seatIds] = [...performance.seats.keys()];
    await askForSeats(ctx, performance, { userId, seatIds: [first!] });
    const orders = seatIds.map((id) => askForSeats(unguarded, performance, { userId, seatIds: [id] }));
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

  it('is not kept from its key or its seats by claims that lost their time to live', async () => {
    const performance = await openSale(ctx, 1);
    const [seat] = [...performance.seats.keys()];
    const order = { userId: newId(), seatIds: [seat!], idempotencyKey: randomUUID() };
    const id = createHash('sha256')
      .update(JSON.stringify([order.userId, 'hold-seats', order.idempotencyKey]))
      .digest('hex');
    await ctx.sidecar.createState(`idempotency:${id}`, 1);
    await ctx.sidecar.createState(`seat:${seat}`, { reservationId: newId(), claimedAt: Date.now() - 3_600_000 });
    expect(await askForSeats(ctx, performance, order)).toEqual(expect.objectContaining({ userId: order.userId }));
    // Both are claims of today's now, which end by themselves.
    for (const key of [`idempotency:${id}`, `seat:${seat}`]) {
      expect((await ctx.sidecar.getState(key))?.value).toMatchObject({ claimedAt: expect.any(Number) });
    }
  });

  it('has one effect per key even where the state store claims nothing', async () => {
    const performance = await openSale(ctx, 4);
    // Nobody listens there, so every claim fails without an answer.
    const blind: Context = { ...withoutShield(), sidecar: new Sidecar({ httpPort: 1, apiToken: '' }) };
    const order = { userId: newId(), quantity: 1, idempotencyKey: randomUUID() };
    const answers = await Promise.all(Array.from({ length: 10 }, () => askForSeats(blind, performance, order)));
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
