import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { withoutGuard, withPause } from '@ticketing/common/testing/without-guard';
import type { Context } from '../context.ts';
import { createGateTestContext, scanAt } from '../testing/test-gate.ts';
import { openSale } from '../testing/test-sale.ts';
import { accept, buy, linkFor } from '../testing/test-tickets.ts';

let ctx: Context;
let other: Context;
beforeAll(async () => {
  [ctx, other] = [await createGateTestContext(), await createGateTestContext()];
});
afterAll(() => Promise.all([ctx.stop(), other.stop()]));

async function offered() {
  const performance = await openSale(ctx, 1, { startsInMs: 3_600_000 });
  const { ticketIds, userId } = await buy(ctx, performance);
  const [ticketId = ''] = ticketIds;
  const { token } = await linkFor(ctx, ticketId, userId);
  const take = async (db = other.db) => ((await accept(other, token, newId(), { db })).includes('-not-') ? 'refused' : 'taken');
  return { ticketId, take, scan: (at: Context) => scanAt(at, performance, { ticketId }) };
}

/** Somebody takes a ticket over just before the scan of it is written. */
async function takeWhileScanned(unguarded: boolean): Promise<string[]> {
  const { take, scan } = await offered();
  const change = (db: Context['db']) => (unguarded ? withoutGuard(db, ' FOR UPDATE', '') : db);
  let taking: Promise<string> | undefined;
  const db = withPause(change(ctx.db), 'INSERT INTO check_ins', async () => {
    taking ??= take(change(other.db));
    if (unguarded) await taking;
  });
  return [await scan({ ...ctx, db }), (await taking) ?? ''];
}

describe('a ticket that is scanned and taken over', () => {
  it('is not passed on once somebody was let in with it', async () => {
    const { take, scan } = await offered();
    expect([await scan(ctx), await take()]).toEqual(['in', 'refused']);
  });

  it('lets nobody in under its old id once it was passed on', async () => {
    const { take, scan } = await offered();
    expect([await take(), await scan(ctx)]).toEqual(['taken', 'ticket-void']);
  });

  it('has one of both at the same moment', async () => {
    expect(await takeWhileScanned(false)).toEqual(['in', 'refused']);
  });

  it('would have both without the locks', async () => {
    expect(await takeWhileScanned(true)).toEqual(['in', 'taken']);
  });
});
