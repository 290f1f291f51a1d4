import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Database, newId } from '@ticketing/common/database';
import { withoutGuard, withPause } from '@ticketing/common/testing/without-guard';
import type { Context } from '../context.ts';
import { countSeats, createTestContext, openSale } from '../testing/test-sale.ts';
import { accept, type Bought, buy, goodTickets, linkFor, type Offered, release, revoke } from '../testing/test-tickets.ts';
import { lockTicket } from '../tickets/lock-ticket.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

type Act = (db: Database) => Promise<string>;
type Change = (db: Database) => Database;

const asItIs: Change = (db) => db;
const withoutLocks: Change = (db) => withoutGuard(db, ' FOR UPDATE', '');
const withoutCondition: Change = (db) => withoutGuard(db, 'AND open_ticket_id IS NOT NULL', '');

/** Stands before a statement of the first while the second comes: to its end, or to a lock behind which it must wait for the first. */
async function race(first: Act, before: string, second: Act, change: Change): Promise<string[]> {
  let other: Promise<string> | undefined;
  const comes = async (): Promise<void> => {
    if (other) return;
    await new Promise<void>((resolve, reject) => {
      const isAtLock = (): Promise<void> => Promise.resolve(resolve());
      other = second(change(withPause(ctx.db, ' FOR UPDATE', isAtLock)));
      other.then(() => resolve(), reject);
    });
  };
  const answer = await first(change(withPause(ctx.db, before, comes)));
  return [answer, (await other) ?? 'never came'];
}

interface Passing extends Bought {
  ticketId: string;
  link: Offered;
  seats: () => Promise<Record<string, number>>;
}

async function offered(): Promise<Passing> {
  const performance = await openSale(ctx, 1);
  const bought = await buy(ctx, performance);
  const [ticketId = ''] = bought.ticketIds;
  return { ...bought, ticketId, link: await linkFor(ctx, ticketId, bought.userId), seats: () => countSeats(ctx, performance) };
}

/** `taken`, or the code of the refusal. */
const take =
  ({ link }: Passing, userId = newId()): Act =>
  async (db) => {
    const answer = await accept(ctx, link.token, userId, { db });
    return /^[0-9a-f]{8}-/.test(answer) ? 'taken' : answer;
  };
const giveBack =
  (passing: Passing): Act =>
  (db) =>
    release(ctx, passing, false, db);
const revokeIt =
  ({ ticketId, userId, link }: Passing): Act =>
  (db) =>
    revoke({ ...ctx, db }, ticketId, userId, link.id);
/** Lets somebody in who shows the ticket, as a gate judges it. */
const showAtGate =
  ({ ticketId }: Passing): Act =>
  (db) =>
    db.transaction(async (tx) => ((await lockTicket(tx, ticketId))?.isGood ? 'let in' : 'ticket-void'));

const accepts = 'accepted_at = UTC_TIMESTAMP(3)';
const refunds = "SET status = 'REFUNDED'";

describe('a ticket that two take over', () => {
  it('is one person’s', async () => {
    const passing = await offered();
    expect(await race(take(passing), accepts, take(passing), asItIs)).toEqual(['taken', 'transfer-gone']);
    expect(await goodTickets(ctx, passing.reservationId)).toHaveLength(1);
  });

  it('is one person’s by the condition alone too', async () => {
    const passing = await offered();
    expect(await race(take(passing), accepts, take(passing), withoutLocks)).toEqual(['transfer-gone', 'taken']);
  });

  it('would be stopped by its seat only, without the lock and the condition', async () => {
    const passing = await offered();
    const without: Change = (db) => withoutCondition(withoutLocks(db));
    await expect(race(take(passing), accepts, take(passing), without)).rejects.toThrow('Duplicate entry');
    expect(await goodTickets(ctx, passing.reservationId)).toHaveLength(1);
  });
});

describe('a ticket that is taken over and given back', () => {
  it('is given back, where that came first', async () => {
    const passing = await offered();
    expect(await race(giveBack(passing), refunds, take(passing), asItIs)).toEqual(['released', 'ticket-void']);
    expect([await goodTickets(ctx, passing.reservationId), await passing.seats()]).toEqual([[], { AVAILABLE: 1 }]);
  });

  it('is taken over, where that came first', async () => {
    const passing = await offered();
    const taker = newId();
    expect(await race(take(passing, taker), accepts, giveBack(passing), asItIs)).toEqual(['taken', 'refund-not-allowed']);
    expect([await goodTickets(ctx, passing.reservationId), await passing.seats()]).toEqual([
      [expect.objectContaining({ userId: taker })],
      { SOLD: 1 },
    ]);
  });

  it('would be both without the locks', async () => {
    const [one, other] = [await offered(), await offered()];
    expect(await race(giveBack(one), refunds, take(one), withoutLocks)).toEqual(['released', 'taken']);
    expect(await race(take(other), accepts, giveBack(other), withoutLocks)).toEqual(['taken', 'released']);
    expect([(await goodTickets(ctx, other.reservationId)).length, await other.seats()]).toEqual([1, { AVAILABLE: 1 }]);
  });
});

describe('a ticket that is taken over and shown at a gate', () => {
  it('is void at the gate, however close the two are', async () => {
    const passing = await offered();
    expect(await race(take(passing), accepts, showAtGate(passing), asItIs)).toEqual(['taken', 'ticket-void']);
  });

  it('would let its old owner in without the locks', async () => {
    const passing = await offered();
    expect(await race(take(passing), accepts, showAtGate(passing), withoutLocks)).toEqual(['taken', 'let in']);
  });
});

describe('a link that is accepted and revoked', () => {
  it('is one of both', async () => {
    const passing = await offered();
    expect(await race(take(passing), accepts, revokeIt(passing), asItIs)).toEqual(['transfer-gone', 'revoked']);
    expect(await goodTickets(ctx, passing.reservationId)).toEqual([{ id: passing.ticketId, userId: passing.userId }]);
  });

  it('would be both without the condition', async () => {
    const passing = await offered();
    expect(await race(take(passing), accepts, revokeIt(passing), withoutCondition)).toEqual(['taken', 'revoked']);
  });
});
