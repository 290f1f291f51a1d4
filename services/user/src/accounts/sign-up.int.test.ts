import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { pollUntil } from '@ticketing/common/poll-until';
import { GetUserRequestSchema, UpdateUserRequestSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import { createTestContext, newAddress, openSession, password, register } from '../testing/test-accounts.ts';
import { getUser } from './get-user.ts';
import { updateUser } from './update-user.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

interface StoredAccount {
  email: string;
  password_hash: string;
  roles: string;
}

function accountsOf(email: string): Promise<StoredAccount[]> {
  return ctx.db.query('SELECT email, password_hash, roles FROM accounts WHERE email = ?', [email]);
}

describe('signUp', () => {
  it('gives an address to one of ten who want it at once, however it is written', async () => {
    const email = newAddress();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => register(ctx, index % 2 ? email.toUpperCase() : email.replace('fan', 'Fan'))),
    );
    expect(answers.filter((answer) => typeof answer === 'object')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'email-taken')).toHaveLength(9);
    expect(await register(ctx, email)).toBe('email-taken');
    expect(await accountsOf(email)).toEqual([expect.objectContaining({ email, roles: 'fan' })]);
  });

  it('takes addresses that look different for two, and the ways to write one for one', async () => {
    const id = newId();
    const accounts = await Promise.all(
      ['cafe', 'café', 'ハハ', 'パパ', 'a①', 'a1'].flatMap((name) =>
        ['example.com', 'bücher.example'].map((domain) => register(ctx, `${name}${id}@${domain}`)),
      ),
    );
    expect(accounts.filter((account) => typeof account !== 'object')).toEqual([]);
    expect(await register(ctx, ` CAFÉ${id}@XN--BCHER-KVA.example `.normalize('NFD'))).toBe('email-taken');
    const address = `${id}@예제.한국`;
    const account = await register(ctx, ` ${address}`);
    if (typeof account === 'string') throw new Error(`refused: ${account}`);
    const { result } = await getUser(ctx, create(GetUserRequestSchema, { userId: account.id }));
    expect(result?.value).toMatchObject({ email: address });
    for (const written of [`${address} `, address.normalize('NFD').toUpperCase(), `${id}@xn--2j5b21b.xn--3e0b707e`]) {
      expect((await openSession(ctx, written, password)).accessToken).toEqual(expect.any(String));
    }
    expect(await register(ctx, 'no address')).toBe('invalid-request');
  });

  it('keeps an argon2id hash of the password, a different one each time', async () => {
    const addresses = [newAddress(), newAddress()];
    for (const email of addresses) await register(ctx, email);
    const hashes = (await Promise.all(addresses.map(accountsOf))).flat().map((account) => account.password_hash);
    for (const hash of hashes) {
      expect(hash).toMatch(/^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$/);
      expect(hash).not.toContain(password);
    }
    expect(new Set(hashes).size).toBe(2);
  });

  it('tells of the one account that was made, by an event that is published', async () => {
    const email = newAddress();
    const answers = await Promise.all(Array.from({ length: 4 }, () => register(ctx, email)));
    const account = answers.find((answer) => typeof answer === 'object');
    if (!account) throw new Error('nobody got the address');
    const published = await pollUntil(async () => {
      const events = await ctx.db.query<{ type: string; published_at: Date | null }>(
        'SELECT type, published_at FROM outbox_events WHERE aggregate_id = ?',
        [account.id],
      );
      return events.every((event) => event.published_at) ? events.map(({ type }) => type) : undefined;
    }, 20_000);
    expect(published).toEqual(['user.registered']);
  });
});

describe('updateUser', () => {
  it('changes what is given and nothing else', async () => {
    const account = await register(ctx, newAddress());
    if (typeof account === 'string') throw new Error(`refused: ${account}`);
    const update = async (change: { name?: string; locale?: string }, userId = account.id) =>
      (await updateUser(ctx, create(UpdateUserRequestSchema, { userId, ...change }))).result?.value;
    expect(await update({})).toMatchObject({ name: '김하늘', locale: 'ko' });
    expect(await update({ locale: 'en' })).toMatchObject({ name: '김하늘', locale: 'en' });
    expect(await update({ name: 'Sky Kim' })).toMatchObject({ name: 'Sky Kim', locale: 'en' });
    expect(await update({ name: 'Sky' }, newId())).toMatchObject({ code: 'user-not-found' });
  });
});

describe('getUser', () => {
  it('shows an account without its password, and refuses an unknown id', async () => {
    const email = newAddress();
    const account = await register(ctx, email);
    if (typeof account === 'string') throw new Error(`refused: ${account}`);
    const known = await getUser(ctx, create(GetUserRequestSchema, { userId: account.id }));
    const user = { id: account.id, email, name: '김하늘', roles: ['fan'], locale: 'ko', verified: false, createdAt: expect.anything() };
    expect(known.result).toEqual({ case: 'user', value: user });
    const unknown = await getUser(ctx, create(GetUserRequestSchema, { userId: newId() }));
    expect(unknown.result).toMatchObject({ case: 'refusal', value: { code: 'user-not-found' } });
  });
});
