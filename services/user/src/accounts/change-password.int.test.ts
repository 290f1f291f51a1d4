import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { withoutGuard, withPause } from '@ticketing/common/testing/without-guard';
import { ChangePasswordRequestSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import { findProof, renewProof } from '../proofs/address-proofs.ts';
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
import { changePassword } from './change-password.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

async function change(
  userId: string,
  next: string,
  options: { current?: string; sessionId?: string; db?: Context['db'] } = {},
): Promise<string> {
  const { current = password, sessionId = '', db = ctx.db } = options;
  const request = create(ChangePasswordRequestSchema, { userId, sessionId, current, next, clientAddress: newId() });
  return (await changePassword({ ...ctx, db }, request)).refusal?.code ?? 'done';
}

describe('changePassword', () => {
  it('sets the new password, ends all sessions but the one that asks, and says so by mail', async () => {
    const { email, userId } = await newAccount(ctx);
    const [mine] = [await newSession(ctx, email), await newSession(ctx, email)];
    const { db, mails } = captureMails(ctx.db);
    expect(await change(userId, 'a quite new password', { sessionId: mine, db })).toBe('done');
    expect(await standingSessions(ctx, userId)).toEqual([mine]);
    expect((await openSession(ctx, email, password)).refusal?.code).toBe('invalid-credentials');
    expect((await openSession(ctx, email, 'a quite new password')).accessToken).toBeDefined();
    expect(mails).toEqual([{ kind: 'password-changed', accountId: userId, address: email, locale: 'ko', token: '' }]);
  });

  it('ends all sessions when a token without one asks', async () => {
    const { email, userId } = await newAccount(ctx);
    await newSession(ctx, email);
    expect(await change(userId, 'a quite new password')).toBe('done');
    expect(await standingSessions(ctx, userId)).toEqual([]);
  });

  it('ends tokens that were asked for with the old one', async () => {
    const account = await newAccount(ctx);
    const { db, mails } = captureMails(ctx.db);
    for (const purpose of ['RESET', 'CHANGE'] as const) {
      await db.transaction((tx) => renewProof(tx, account, purpose, account.email));
    }
    expect(await change(account.userId, 'a quite new password')).toBe('done');
    expect(await Promise.all(mails.map(({ token }) => findProof(ctx.db, token, ['RESET', 'CHANGE'])))).toEqual([undefined, undefined]);
  });

  it('refuses a wrong password, and counts it, and an account that is not there', async () => {
    const { email, userId } = await newAccount(ctx);
    const session = await newSession(ctx, email);
    const { passwordHash } = await accountOf(ctx, userId);
    expect(await change(userId, 'a quite new password', { current: 'another one' })).toBe('wrong-password');
    expect(await change(newId(), 'a quite new password')).toBe('user-not-found');
    expect((await accountOf(ctx, userId)).passwordHash).toBe(passwordHash);
    expect(await standingSessions(ctx, userId)).toEqual([session]);
    const clientAddress = newId();
    const codes: unknown[] = [];
    for (let tries = 0; tries < 12; tries += 1) {
      const request = create(ChangePasswordRequestSchema, { userId, current: 'another one', next: 'a quite new password', clientAddress });
      codes.push((await changePassword(ctx, request)).refusal?.code);
    }
    expect(new Set(codes)).toEqual(new Set(['wrong-password', 'too-many-attempts']));
  });
});

describe('ten changes of one password at once', () => {
  const upTo = Array.from({ length: 10 }, (_, index) => index);

  /** All ten have found the current password right before any of them sets its own. */
  async function changeTenfold(db: Context['db']) {
    const { email, userId } = await newAccount(ctx);
    const met = meetingOf(upTo.length);
    const together = withPause(db, 'UPDATE accounts SET password_hash', met);
    const outcomes = await Promise.all(upTo.map((index) => change(userId, `new password ${index}`, { db: together })));
    const right = await Promise.all(upTo.map(async (index) => (await openSession(ctx, email, `new password ${index}`)).accessToken));
    return { outcomes, right, winner: outcomes.indexOf('done') };
  }

  it('are one change', async () => {
    const { outcomes, right, winner } = await changeTenfold(ctx.db);
    expect(outcomes.toSorted()).toEqual(['done', ...Array.from({ length: 9 }, () => 'wrong-password')]);
    expect(right.map((token) => token !== undefined)).toEqual(upTo.map((index) => index === winner));
  });

  it('would all seem done without the comparison', async () => {
    const db = withoutGuard(ctx.db, 'AND password_hash = ? AND', 'AND (password_hash = ? OR TRUE) AND');
    expect((await changeTenfold(db)).outcomes.filter((outcome) => outcome === 'done').length).toBeGreaterThan(1);
  });
});
