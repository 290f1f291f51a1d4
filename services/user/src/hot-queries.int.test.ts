import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idFromBinary, newId } from '@ticketing/common/database';
import { removeOld } from '@ticketing/common/retention';
import { type ExplainedStatement, explained, wholeScans } from '@ticketing/common/testing/explained';
import { analyzeTables, insertMany, numberedId, storedNumberedId } from '@ticketing/common/testing/many-rows';
import { writePlans } from '@ticketing/common/testing/plan-table';
import {
  FindUserRequestSchema,
  GetUserRequestSchema,
  GetUsersRequestSchema,
  ListEndedSessionsRequestSchema,
  RefreshSessionRequestSchema,
} from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { getUser } from './accounts/get-user.ts';
import { getUsers } from './accounts/get-users.ts';
import type { Context } from './context.ts';
import { listBuyers, noteRefunds } from './mails/buyers.ts';
import { giveBack, giveUpOldMails, type LeasedMail, leaseDueMails, markSent, postponeMail } from './mails/mail-store.ts';
import { mailRetention } from './mails/mailing.ts';
import { findRecipients } from './mails/recipients.ts';
import { watchMails } from './mails/watch-mails.ts';
import { findUser } from './operators/find-user.ts';
import { renewProof } from './proofs/address-proofs.ts';
import { sendProofs } from './proofs/send-proofs.ts';
import { listEndedSessions } from './sessions/list-ended-sessions.ts';
import { refreshSession } from './sessions/refresh-session.ts';
import { endSessionsOf } from './sessions/sessions.ts';
import { accountOf, createTestContext, newAddress, openSession, password, register } from './testing/test-accounts.ts';

let ctx: Context;
const plans: Record<string, ExplainedStatement[]> = {};
const tables = ['accounts', 'mails', 'buyers', 'sessions', 'address_proofs'];
const email = newAddress();

beforeAll(async () => {
  ctx = await createTestContext();
  await register(ctx, email);
  await insertMany(ctx.db, 'accounts', {
    ...{ id: numberedId('account'), email: `CONCAT(n, '-${email}')`, name: "CONCAT('Fan ', n)", password_hash: "'none'", roles: "'fan'" },
  });
  const mail = { address: "'nobody@example.com'", locale: "'ko'", data: "'{}'", status: "'SENT'", ended_at: 'UTC_TIMESTAMP(3)' };
  await insertMany(ctx.db, 'mails', { id: numberedId('mail'), kind: "'tickets-bought'", account_id: numberedId('account'), ...mail });
  await insertMany(ctx.db, 'buyers', {
    ...{ payment_id: numberedId('payment'), performance_id: numberedId('performance', 'n DIV 100'), account_id: numberedId('account') },
    paid: '50000',
  });
  await insertMany(ctx.db, 'sessions', {
    ...{ id: numberedId('session'), account_id: numberedId('account'), ends_at: 'UTC_TIMESTAMP(3) + INTERVAL 1 HOUR' },
    ended_at: 'IF(n % 20 = 0, UTC_TIMESTAMP(3) - INTERVAL 2 HOUR, NULL)',
  });
  await insertMany(ctx.db, 'address_proofs', {
    ...{ digest: "UNHEX(SHA2(CONCAT(n, 'token'), 256))", account_id: numberedId('account'), purpose: "'VERIFY'" },
    ...{ address: `CONCAT(n, '-${email}')`, ends_at: 'UTC_TIMESTAMP(3) + INTERVAL 1 HOUR' },
  });
  await analyzeTables(ctx.db, tables);
}, 900_000);
afterAll(async () => {
  await writePlans({ service: 'user', tables, statements: plans });
  await ctx.stop();
}, 900_000);

const userId = (): string => idFromBinary(storedNumberedId('account', 500));

const hotPaths: Record<string, (db: Context['db']) => Promise<unknown>> = {
  'logging in': (db) => openSession({ ...ctx, db }, email, password),
  'who somebody is': (db) => getUser({ ...ctx, db }, create(GetUserRequestSchema, { userId: userId() })),
  'a session that is refreshed': (db) =>
    refreshSession(
      { ...ctx, db },
      create(RefreshSessionRequestSchema, { userId: userId(), sessionId: idFromBinary(storedNumberedId('session', 500)) }),
    ),
  'sessions that have ended': (db) => listEndedSessions({ ...ctx, db }, create(ListEndedSessionsRequestSchema, {})),
  'all sessions of an account that end': (db) => db.transaction((tx) => endSessionsOf(tx, storedNumberedId('account', 501))),
  'a token that is sent again': async (db) => {
    const account = await accountOf(ctx, userId());
    return db.transaction((tx) => renewProof(tx, account, 'VERIFY', account.email));
  },
  'tokens that were asked for': (db) => sendProofs(db),
  'mails that are due': (db) => leaseDueMails(db, 10),
  'a mail that was sent': (db) => markSent(db, mailOf(7)),
  'a mail that failed': (db) => postponeMail(db, mailOf(8), 60, 'refused: test'),
  'mails that were not tried': (db) => giveBack(db, [mailOf(9)]),
  'mails that wait too long': (db) => giveUpOldMails(db),
  'the number of mails': (db) => watchMails(db),
  'mails that are too old': (db) => removeOld(db, ctx.config, [mailRetention(ctx.config)]),
  'whom to tell of payments': (db) =>
    findRecipients(
      db,
      [1, 2, 3].map((n) => idFromBinary(storedNumberedId('account', n))),
    ),
  'who has paid for a performance': (db) => listBuyers(db, idFromBinary(storedNumberedId('performance', 3)), undefined, 500),
  'a refund': (db) =>
    noteRefunds(db, [
      {
        ...{ paymentId: idFromBinary(storedNumberedId('payment', 5)), refundId: newId(), reservationId: newId() },
        ...{ performanceId: newId(), concertId: newId(), userId: newId(), amount: 1 },
      },
    ]),
  'who many are': (db) => {
    const userIds = Array.from({ length: 100 }, (_, index) => idFromBinary(storedNumberedId('account', index)));
    return getUsers({ db }, create(GetUsersRequestSchema, { userIds }));
  },
  'whose an address is': (db) => findUser({ db }, create(FindUserRequestSchema, { email })),
};

/** A mail that somebody else has sent: nothing becomes of it. */
function mailOf(number: number): LeasedMail {
  const key = storedNumberedId('mail', number);
  return { id: idFromBinary(key), key, address: '', locale: 'ko', content: undefined, kind: 'tickets-bought', attempts: 9 };
}

describe('hot paths', () => {
  it.each(Object.keys(hotPaths))('read no table as a whole: %s', async (name) => {
    const { db, statements } = explained(ctx.db);
    await hotPaths[name]?.(db);
    plans[name] = statements;
    expect(statements.length).toBeGreaterThan(0);
    expect(wholeScans(statements)).toEqual([]);
  });

  it('ask for nothing where somebody signs up', async () => {
    const { db, statements } = explained(ctx.db);
    await register({ ...ctx, db }, newAddress());
    expect(statements).toEqual([]);
  });

  it('would be found reading a table as a whole', async () => {
    const { db, statements } = explained(ctx.db);
    await db.query("SELECT id FROM accounts WHERE name = 'nobody' LIMIT 5");
    expect(wholeScans(statements)).toHaveLength(1);
  });
});
