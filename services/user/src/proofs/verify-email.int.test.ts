import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { withPause } from '@ticketing/common/testing/without-guard';
import { ChangeEmailRequestSchema, VerifyEmailRequestSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { changeEmail } from '../accounts/change-email.ts';
import type { Context } from '../context.ts';
import { captureMails } from '../testing/capture-mails.ts';
import {
  accountOf,
  createTestContext,
  meetingOf,
  newAccount,
  newAddress,
  openSession,
  password,
  register,
} from '../testing/test-accounts.ts';
import { findProof, renewProof } from './address-proofs.ts';
import { verifyEmail } from './verify-email.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

async function verify(token: string, db = ctx.db): Promise<string> {
  return (await verifyEmail({ db }, create(VerifyEmailRequestSchema, { token }))).refusal?.code ?? 'done';
}

/** Asks for another address. @returns how that went, and the token that was sent there */
async function move(userId: string, email: string, given = password) {
  const { db, mails } = captureMails(ctx.db);
  const request = create(ChangeEmailRequestSchema, { userId, email, password: given, clientAddress: newId() });
  const { refusal } = await changeEmail({ ...ctx, db }, request);
  return { code: refusal?.code ?? 'done', token: mails[0]?.token ?? '', address: mails[0]?.address };
}

describe('an address', () => {
  it('is verified by the token that is sent at the sign-up, once', async () => {
    const { db, mails } = captureMails(ctx.db);
    const email = newAddress();
    const account = await register({ ...ctx, db }, email);
    if (typeof account === 'string') throw new Error(account);
    expect(mails).toMatchObject([{ kind: 'verify-address', accountId: account.id, address: email }]);
    expect((await accountOf(ctx, account.id)).verified).toBe(false);
    const token = mails[0]?.token ?? '';
    expect(await verify(token)).toBe('done');
    expect((await accountOf(ctx, account.id)).verified).toBe(true);
    expect(await verify(token)).toBe('verification-gone');
    expect(await verify('A'.repeat(43))).toBe('verification-gone');
  });

  it('is not verified by a token for a new password', async () => {
    const account = await newAccount(ctx);
    const { db, mails } = captureMails(ctx.db);
    await db.transaction((tx) => renewProof(tx, account, 'RESET', account.email));
    expect(await verify(mails[0]?.token ?? '')).toBe('verification-gone');
    expect((await accountOf(ctx, account.userId)).verified).toBe(false);
  });

  it('is another one when the token that was sent there comes back, and not before', async () => {
    const account = await newAccount(ctx);
    const next = newAddress();
    const reset = captureMails(ctx.db);
    await reset.db.transaction((tx) => renewProof(tx, account, 'RESET', account.email));
    const { code, token, address } = await move(account.userId, ` ${next.toUpperCase()}`);
    expect([code, address]).toEqual(['done', next]);
    expect(await accountOf(ctx, account.userId)).toMatchObject({ email: account.email, verified: false });

    const { db, mails } = captureMails(ctx.db);
    expect(await verify(token, db)).toBe('done');
    expect(await accountOf(ctx, account.userId)).toMatchObject({ email: next, verified: true });
    expect(mails).toMatchObject([{ kind: 'address-changed', address: account.email }]);
    // What was sent to the address before opens nothing.
    expect(await findProof(ctx.db, reset.mails[0]?.token ?? '', ['RESET'])).toBeUndefined();
    expect((await openSession(ctx, next, password)).accessToken).toBeDefined();
    expect((await openSession(ctx, account.email, password)).refusal?.code).toBe('invalid-credentials');
  });

  it('of somebody else looks like any other until the token comes back, and stays with its owner', async () => {
    const [one, other] = [await newAccount(ctx), await newAccount(ctx)];
    const { code, token } = await move(one.userId, other.email);
    expect(code).toBe('done');
    expect(await verify(token)).toBe('verification-gone');
    expect(await accountOf(ctx, one.userId)).toMatchObject({ email: one.email, verified: false });
    expect((await accountOf(ctx, other.userId)).email).toBe(other.email);
  });

  it('needs the password, and is sent five tokens an hour, whoever asks', async () => {
    const { userId } = await newAccount(ctx);
    const next = newAddress();
    expect(await move(userId, next, 'another one')).toMatchObject({ code: 'wrong-password', token: '' });
    expect(await move(newId(), next)).toMatchObject({ code: 'user-not-found' });
    expect(await move(userId, 'no address')).toMatchObject({ code: 'invalid-request' });
    const codes: string[] = [];
    for (let times = 0; times < 6; times += 1) codes.push((await move(userId, next)).code);
    expect(codes).toEqual(['done', 'done', 'done', 'done', 'done', 'too-many-mails']);
    expect((await move((await newAccount(ctx)).userId, next)).code).toBe('too-many-mails');
  });

  it('that two want at once is one’s', async () => {
    const next = newAddress();
    const accounts = [await newAccount(ctx), await newAccount(ctx)];
    const tokens = await Promise.all(accounts.map(async ({ userId }) => (await move(userId, next)).token));
    const together = withPause(ctx.db, 'UPDATE accounts SET email', meetingOf(2));
    const outcomes = await Promise.all(tokens.map((token) => verify(token, together)));
    expect(outcomes.toSorted()).toEqual(['done', 'verification-gone']);
    const emails = await Promise.all(accounts.map(async ({ userId }) => (await accountOf(ctx, userId)).email));
    expect(emails.filter((email) => email === next)).toHaveLength(1);
  });
});
