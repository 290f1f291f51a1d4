import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { withoutGuard, withPause } from '@ticketing/common/testing/without-guard';
import { ResetPasswordRequestSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import type { Account } from '../db/account.ts';
import { captureMails } from '../testing/capture-mails.ts';
import {
  accountOf,
  createTestContext,
  meetingOf,
  newAccount,
  newSession,
  openSession,
  password,
  standingSessions,
} from '../testing/test-accounts.ts';
import { findProof, renewProof } from './address-proofs.ts';
import { resetPassword } from './reset-password.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

/** Sends a token as the job does. @returns the token; empty when none was sent */
async function forget(account: Account): Promise<string> {
  const { db, mails } = captureMails(ctx.db);
  await db.transaction((tx) => renewProof(tx, account, 'RESET', account.email));
  return mails[0]?.token ?? '';
}

async function reset(token: string, next: string, db = ctx.db): Promise<string> {
  const request = create(ResetPasswordRequestSchema, { token, password: next, clientAddress: newId() });
  return (await resetPassword({ ...ctx, db }, request)).refusal?.code ?? 'done';
}

describe('resetPassword', () => {
  it('sets a new password, ends all sessions, verifies the address and says so by mail', async () => {
    const account = await newAccount(ctx);
    const { email, userId } = account;
    await newSession(ctx, email);
    const token = await forget(account);
    const { db, mails } = captureMails(ctx.db);
    expect(await reset(token, 'a quite new password', db)).toBe('done');
    expect(await standingSessions(ctx, userId)).toEqual([]);
    expect((await openSession(ctx, email, password)).refusal?.code).toBe('invalid-credentials');
    expect((await openSession(ctx, email, 'a quite new password')).accessToken).toBeDefined();
    expect((await accountOf(ctx, userId)).verified).toBe(true);
    expect(mails.map(({ kind, address }) => [kind, address])).toEqual([['password-changed', email]]);
    expect(await reset(token, 'yet another password')).toBe('reset-gone');
  });

  it('takes 256 random bits, which nothing but the mail has', async () => {
    const account = await newAccount(ctx);
    const tokens = [await forget(account), await forget(account)];
    expect(tokens.map((token) => Buffer.from(token, 'base64url').length)).toEqual([32, 32]);
    expect(new Set(tokens).size).toBe(2);
    const rows = await ctx.db.query<{ digest: Buffer }>('SELECT digest FROM address_proofs WHERE account_id = ?', [account.id]);
    for (const { digest } of rows)
      expect(tokens.map((token) => Buffer.from(token, 'base64url').toString('hex'))).not.toContain(digest.toString('hex'));
  });

  it('takes no token that was replaced, is too old, was for something else, or never was', async () => {
    const account = await newAccount(ctx);
    const first = await forget(account);
    const second = await forget(account);
    expect(await reset(first, 'a quite new password')).toBe('reset-gone');
    await ctx.db.execute('UPDATE address_proofs SET ends_at = UTC_TIMESTAMP(3) WHERE account_id = ?', [account.id]);
    expect(await reset(second, 'a quite new password')).toBe('reset-gone');
    const { db, mails } = captureMails(ctx.db);
    await db.transaction((tx) => renewProof(tx, account, 'VERIFY', account.email));
    expect(await reset(mails[0]?.token ?? '', 'a quite new password')).toBe('reset-gone');
    expect(await reset('A'.repeat(43), 'a quite new password')).toBe('reset-gone');
    expect((await openSession(ctx, account.email, password)).accessToken).toBeDefined();
  });

  it('lasts for half an hour', async () => {
    const account = await newAccount(ctx);
    await forget(account);
    const rows = await ctx.db.query<{ minutes: number }>(
      "SELECT TIMESTAMPDIFF(MINUTE, created_at, ends_at) AS minutes FROM address_proofs WHERE account_id = ? AND purpose = 'RESET'",
      [account.id],
    );
    expect(rows.map(({ minutes }) => minutes)).toEqual([30]);
  });

  it('ends what was begun with the old password to take the account away', async () => {
    const account = await newAccount(ctx);
    const { db, mails } = captureMails(ctx.db);
    await db.transaction((tx) => renewProof(tx, account, 'CHANGE', `thief-${newId()}@example.com`));
    expect(await reset(await forget(account), 'a quite new password')).toBe('done');
    expect(await findProof(ctx.db, mails[0]?.token ?? '', ['CHANGE'])).toBeUndefined();
  });

  it('is sent five times an hour; what was sent last stays good then', async () => {
    const account = await newAccount(ctx);
    const tokens: string[] = [];
    for (let times = 0; times < 7; times += 1) tokens.push(await forget(account));
    expect(tokens.map((token) => token !== '')).toEqual([true, true, true, true, true, false, false]);
    expect(await findProof(ctx.db, tokens[4] ?? '', ['RESET'])).toBeDefined();
    await ctx.db.execute('UPDATE address_proofs SET created_at = created_at - INTERVAL 61 MINUTE WHERE account_id = ?', [account.id]);
    expect(await forget(account)).not.toBe('');
  });
});

describe('two uses of one token at once', () => {
  /** Both have found it good before either uses it up. */
  async function useTwice(db: Context['db']): Promise<string[]> {
    const account = await newAccount(ctx);
    const token = await forget(account);
    const together = withPause(db, 'deleted_at IS NULL FOR UPDATE', meetingOf(2));
    return Promise.all([reset(token, 'the first new password', together), reset(token, 'the other new password', together)]);
  }

  it('are one', async () => {
    expect((await useTwice(ctx.db)).toSorted()).toEqual(['done', 'reset-gone']);
  });

  it('would be two without the condition', async () => {
    const db = withoutGuard(ctx.db, 'WHERE digest = ? AND ended_at IS NULL AND', 'WHERE digest = ? AND');
    expect(await useTwice(db)).toEqual(['done', 'done']);
  });
});
