import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Database, idToBinary, newId } from '@ticketing/common/database';
import { pollUntil } from '@ticketing/common/poll-until';
import { withoutGuard } from '@ticketing/common/testing/without-guard';
import type { Context } from '../context.ts';
import type { Performance } from '../performances/performances.ts';
import { askForSeats, countSeats, createTestContext, openSale } from '../testing/test-sale.ts';
import { findReservation } from './reservation.ts';

let ctx: Context;
let other: Context;
beforeAll(async () => {
  [ctx, other] = [await createTestContext(), await createTestContext()];
});
afterAll(() => Promise.all([ctx.stop(), other.stop()]));

type Answer = Awaited<ReturnType<typeof askForSeats>>;

/** How often there was each answer; a hold counts as `held`. */
function tally(answers: Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const answer of answers) {
    const name = typeof answer === 'string' ? answer : 'held';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** The same context, and how many transactions it has begun. */
function counting(of: Context): { watched: Context; begun: () => number } {
  let begun = 0;
  const transaction: Database['transaction'] = (work) => {
    begun += 1;
    return of.db.transaction(work);
  };
  return { watched: { ...of, db: { ...of.db, transaction } }, begun: () => begun };
}

/** Runs `meanwhile` while an order that is not yet committed has these seats, and takes them if it returns true. */
async function whileTaken(seatIds: string[], performance: Performance, meanwhile: () => Promise<boolean>): Promise<void> {
  await other.db.transaction(async (tx) => {
    // By another index all seats of so small a performance may be locked.
    await tx.query('SELECT 1 FROM seats FORCE INDEX (PRIMARY) WHERE performance_id = ? AND id IN (?) FOR UPDATE', [
      idToBinary(performance.id),
      seatIds.map(idToBinary),
    ]);
    if (await meanwhile()) {
      const order = [idToBinary(performance.id), seatIds.map(idToBinary)];
      await tx.execute("UPDATE seats SET status = 'SOLD' WHERE performance_id = ? AND id IN (?)", order);
    }
  });
}

describe('the best seats', () => {
  it('go to as many as there are seats, and the others are told at once: two hundred at the last fifty', async () => {
    const performance = await openSale(ctx, 50);
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => askForSeats(index % 2 === 0 ? ctx : other, performance, { quantity: 1 })),
    );
    expect(tally(answers)).toEqual({ held: 50, 'not-enough-seats': 150 });
    expect(await countSeats(ctx, performance)).toEqual({ HELD: 50 });
  });

  it('go to as many as there are pairs, and nobody keeps a part: eighty pairs at the last thirty seats', async () => {
    const performance = await openSale(ctx, 30);
    const answers = await Promise.all(
      Array.from({ length: 80 }, (_, index) => askForSeats(index % 2 === 0 ? ctx : other, performance, { quantity: 2 })),
    );
    expect(tally(answers)).toEqual({ held: 15, 'not-enough-seats': 65 });
  });

  it('leave those alone that somebody is just taking', async () => {
    const performance = await openSale(ctx, 12);
    const [first, second, third, ...rest] = [...performance.seats.keys()];
    await whileTaken([first!, third!], performance, async () => {
      const held = await askForSeats(ctx, performance, { quantity: 2 });
      const reservation = typeof held === 'string' ? undefined : await findReservation(ctx.db, held.id, held.userId);
      expect(reservation?.seats.map((seat) => seat.id)).toEqual([rest[0], rest[1]]);
      expect(tally([await askForSeats(ctx, performance, { seatIds: [second!] })])).toEqual({ held: 1 });
      return false;
    });
  });

  it.each([
    [true, 'not-enough-seats'],
    [false, 'held'],
  ])('that others are just taking are worth waiting for: taken %s, then %s', async (taken, expected) => {
    const performance = await openSale(ctx, 2);
    const { watched, begun } = counting(ctx);
    let answer: Promise<Answer> | undefined;
    await whileTaken([...performance.seats.keys()], performance, async () => {
      answer = askForSeats(watched, performance, { quantity: 1 });
      expect(await pollUntil(() => Promise.resolve(begun() > 3 ? true : undefined), 10_000)).toBe(true);
      return taken;
    });
    expect(tally([await answer!])).toEqual({ [expected]: 1 });
    await ctx.db.execute("UPDATE seats SET status = 'AVAILABLE' WHERE performance_id = ? AND status = 'SOLD'", [
      idToBinary(performance.id),
    ]);
  });

  it('are neighbours also where many single ones lie before them', async () => {
    const performance = await openSale(ctx, 40);
    const seatIds = [...performance.seats.keys()];
    const single = seatIds.slice(0, 36).filter((_, index) => index % 2 === 0);
    await ctx.db.execute("UPDATE seats SET status = 'SOLD' WHERE performance_id = ? AND id IN (?)", [
      idToBinary(performance.id),
      single.map(idToBinary),
    ]);
    const held = await askForSeats(ctx, performance, { quantity: 4 });
    const reservation = typeof held === 'string' ? undefined : await findReservation(ctx.db, held.id, held.userId);
    expect(reservation?.seats.map((seat) => seat.id)).toEqual(seatIds.slice(35, 39));
    await ctx.db.execute("UPDATE seats SET status = 'AVAILABLE' WHERE performance_id = ? AND status = 'SOLD'", [
      idToBinary(performance.id),
    ]);
  });
});

describe('the orders of one person', () => {
  const seatsEach = 4;

  /** Has more orders of one person than there are connections, while another of theirs is not yet committed; then somebody else comes. */
  async function rush(shop: Context): Promise<{ beside: Answer; theirs: PromiseSettledResult<Answer>[] }> {
    const performance = await openSale(ctx, 60);
    const userId = newId();
    await askForSeats(ctx, performance, { userId, quantity: 1 });
    const { watched, begun } = counting(shop);
    const orders: Promise<Answer>[] = [];
    let beside: Answer = '';
    await other.db.transaction(async (tx) => {
      await tx.query('SELECT 1 FROM person_limits WHERE performance_id = ? AND user_id = ? FOR UPDATE', [
        idToBinary(performance.id),
        idToBinary(userId),
      ]);
      orders.push(...Array.from({ length: 40 }, () => askForSeats(watched, performance, { userId, quantity: 1 })));
      for (const order of orders) order.catch(() => undefined);
      await pollUntil(() => Promise.resolve(begun() >= orders.length ? true : undefined), 10_000);
      beside = await askForSeats(shop, performance, { quantity: 1 });
    });
    return { beside, theirs: await Promise.allSettled(orders) };
  }

  it('wait for each other without a connection, so that others are served', async () => {
    const { beside, theirs } = await rush(ctx);
    expect(tally([beside])).toEqual({ held: 1 });
    const answers = theirs.map((order) => (order.status === 'fulfilled' ? order.value : 'failed'));
    expect(tally(answers)).toMatchObject({ held: seatsEach - 1, 'person-limit-reached': expect.any(Number) });
    expect(answers).not.toContain('failed');
  });

  it('would keep all connections until they give up, did they wait for the row', async () => {
    const lock = 'FROM person_limits WHERE ((performance_id = ? AND user_id = ?)) FOR UPDATE SKIP LOCKED';
    const waiting = { ...ctx, db: withoutGuard(ctx.db, lock, lock.replace(' SKIP LOCKED', '')) };
    // Theirs are given up, or somebody else's finds no connection before.
    const rushed = rush(waiting).then(
      ({ theirs }): unknown => theirs.find((order) => order.status === 'rejected')?.reason,
      (error: unknown) => error,
    );
    expect(await rushed).toHaveProperty('message', expect.stringMatching(/Lock wait timeout|no connection to the database came free/));
  }, 60_000);
});
