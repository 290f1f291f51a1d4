import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Database, idToBinary, newId } from '@ticketing/common/database';
import { once } from '@ticketing/common/inbox';
import { withoutGuard } from '@ticketing/common/testing/without-guard';
import type { EventData } from '@ticketing/contracts/events';
import type { Context } from '../context.ts';
import { createTestContext } from '../testing/test-accounts.ts';
import { createTestMails, type TestMails } from '../testing/test-mails.ts';
import { tellBuyers } from './tell-buyers.ts';
import { tellOfPurchases, tellOfRefunds } from './tell-of-payments.ts';

let ctx: Context;
let mails: TestMails;
let db: Database;
beforeAll(async () => {
  ctx = await createTestContext();
  mails = await createTestMails();
  db = mails.db;
});
afterAll(async () => {
  await mails.drop();
  await ctx.stop();
});

/** Accounts, without passwords. */
async function newAccounts(count: number, locale = 'ko'): Promise<string[]> {
  const ids = Array.from({ length: count }, newId);
  await db.execute('INSERT INTO accounts (id, email, name, password_hash, roles, locale) VALUES ?', [
    ids.map((id) => [idToBinary(id), `fan-${id}@example.com`, 'Fan', 'none', 'fan', locale]),
  ]);
  return ids;
}

interface Delivered<T> {
  id: string;
  data: T;
}

function purchaseOf(userId: string, performanceId: string = newId(), amount = 50_000): Delivered<EventData<'payment.completed'>> {
  return { id: newId(), data: { paymentId: newId(), reservationId: newId(), concertId: newId(), performanceId, userId, amount } };
}

function refundOf({ data }: Delivered<EventData<'payment.completed'>>, amount = data.amount): Delivered<EventData<'payment.refunded'>> {
  const { paymentId, reservationId, concertId, performanceId, userId } = data;
  return { id: newId(), data: { paymentId, reservationId, concertId, performanceId, userId, amount, refundId: newId() } };
}

const takePurchases = (events: Delivered<EventData<'payment.completed'>>[], database = db) =>
  once(database, 'payment.completed', tellOfPurchases).handle(events);
const takeRefunds = (events: Delivered<EventData<'payment.refunded'>>[], database = db) =>
  once(database, 'payment.refunded', tellOfRefunds).handle(events);

/** What people are to be sent, one line a mail. */
async function mailsTo(userIds: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ kind: string; address: string; locale: string }>(
    'SELECT kind, address, locale FROM mails WHERE account_id IN (?) ORDER BY address, kind',
    [userIds.map(idToBinary)],
  );
  return rows.map(({ kind, address, locale }) => `${kind} ${address} ${locale}`);
}

describe('who has paid', () => {
  it('gets one mail, in the language of the account, however often the event comes', async () => {
    const [fan] = await newAccounts(1, 'en');
    const event = purchaseOf(fan!);
    await takePurchases([event, event]);
    await Promise.all([takePurchases([event]), takePurchases([event])]);
    expect(await mailsTo([fan!])).toEqual([`tickets-bought fan-${fan!}@example.com en`]);
  });

  it('gets one mail for a payment even where the inbox has forgotten the event', async () => {
    const [fan] = await newAccounts(1);
    const event = purchaseOf(fan!);
    await takePurchases([event]);
    await takePurchases([{ ...event, id: newId() }]);
    expect(await mailsTo([fan!])).toHaveLength(1);
    // The guard taken away: the mail's id does not come from the payment.
    const unguarded = withoutGuard(db, 'ON DUPLICATE KEY UPDATE id = id', '');
    await expect(takePurchases([{ ...event, id: newId() }], unguarded)).rejects.toThrow('Duplicate');
  });

  it('gets none without an account, and holds up nobody', async () => {
    const [fan] = await newAccounts(1);
    const stranger = newId();
    expect(await takePurchases([purchaseOf(stranger), purchaseOf(fan!)])).toEqual(['done', 'done']);
    expect(await mailsTo([fan!, stranger])).toHaveLength(1);
  });

  it('gets a mail for each refund', async () => {
    const [fan] = await newAccounts(1);
    const event = purchaseOf(fan!);
    await takePurchases([event]);
    await takeRefunds([refundOf(event, 20_000), refundOf(event, 30_000)]);
    const to = `fan-${fan!}@example.com ko`;
    expect(await mailsTo([fan!])).toEqual([`payment-refunded ${to}`, `payment-refunded ${to}`, `tickets-bought ${to}`]);
  });
});

describe('a performance that does not take place as planned', () => {
  it('is told to everybody who has paid for it and was not paid back, once for each change', async () => {
    const performanceId = newId();
    const people = await newAccounts(620);
    const purchases = people.map((fan) => purchaseOf(fan, performanceId));
    await takePurchases(purchases);
    // One has paid twice, one has got back all, one a part.
    await takePurchases([purchaseOf(people[0]!, performanceId)]);
    await takeRefunds([refundOf(purchases[1]!), refundOf(purchases[2]!, 10_000)]);
    await db.execute('DELETE FROM mails');
    const news = { concertId: newId(), performanceId };
    for (const change of ['first', 'first', 'second']) {
      await db.transaction((tx) => tellBuyers(tx, 'performance-postponed', [{ ...news, change }]));
    }
    expect(await mailsTo(people)).toHaveLength(2 * 619);
    expect(await mailsTo([people[1]!])).toEqual([]);
    await db.execute('DELETE FROM mails');
    await db.transaction((tx) => tellBuyers(tx, 'performance-cancelled', [news]));
    expect(await mailsTo(people)).toHaveLength(619);
    expect(await mailsTo([people[2]!])).toEqual([`performance-cancelled fan-${people[2]!}@example.com ko`]);
  });
});
