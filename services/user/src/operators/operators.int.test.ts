import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { ActorSchema } from '@ticketing/contracts/gen/ticketing/common/v1/actor_pb';
import { FindUserRequestSchema, MendEmailRequestSchema, SetRolesRequestSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import { findProof, renewProof } from '../proofs/address-proofs.ts';
import { captureMails } from '../testing/capture-mails.ts';
import { accountOf, createTestContext, newAccount, newAddress, newSession, standingSessions } from '../testing/test-accounts.ts';
import { findUser } from './find-user.ts';
import { grantRole } from './grant-role.ts';
import { mendEmail } from './mend-email.ts';
import { setRoles } from './set-roles.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

const operator = create(ActorSchema, { userId: newId(), operator: true });

async function give(userId: string, roles: string[], actor = operator): Promise<unknown> {
  const { result } = await setRoles(ctx, create(SetRolesRequestSchema, { actor, userId, roles }));
  return result?.case === 'user' ? result.value.roles : result?.value?.code;
}

async function mend(userId: string, email: string, { db = ctx.db, idempotencyKey = '' } = {}): Promise<unknown> {
  const { result } = await mendEmail({ db }, create(MendEmailRequestSchema, { actor: operator, userId, email, idempotencyKey }));
  return result?.case === 'mended' ? 'done' : result?.value?.code;
}

async function auditOf(userId: string): Promise<unknown[]> {
  const rows = await ctx.db.query<{ action: string; detail: unknown }>(
    'SELECT action, detail FROM audit_entries WHERE subject = ? ORDER BY id',
    [userId],
  );
  // MySQL returns a JSON column as a value, MariaDB as text.
  return rows.map(({ action, detail }) => [action, typeof detail === 'string' ? (JSON.parse(detail) as unknown) : detail]);
}

describe('an operator', () => {
  it('finds an account by its whole address, however it is written', async () => {
    const { email, userId } = await newAccount(ctx);
    const find = async (text: string) => (await findUser(ctx, create(FindUserRequestSchema, { email: text }))).user;
    expect(await find(` ${email.toUpperCase()}`)).toMatchObject({ id: userId, email, verified: false, roles: ['fan'] });
    for (const other of [newAddress(), email.slice(1), '%', '']) expect(await find(other)).toBeUndefined();
  });

  it('gives and takes roles, which ends the account’s sessions and is written down', async () => {
    const { email, userId } = await newAccount(ctx);
    await newSession(ctx, email);
    expect(await give(userId, ['organiser', 'fan', 'fan'])).toEqual(['fan', 'organiser']);
    expect(await standingSessions(ctx, userId)).toEqual([]);
    await newSession(ctx, email);
    expect(await give(userId, [])).toEqual([]);
    expect((await accountOf(ctx, userId)).roles).toEqual([]);
    expect(await standingSessions(ctx, userId)).toEqual([]);
    expect(await auditOf(userId)).toEqual([
      ['user.roles', { before: { roles: ['fan'] }, after: { roles: ['fan', 'organiser'] } }],
      ['user.roles', { before: { roles: ['fan', 'organiser'] }, after: { roles: [] } }],
    ]);
  });

  it('changes nothing by giving what is there', async () => {
    const { email, userId } = await newAccount(ctx);
    const session = await newSession(ctx, email);
    expect(await give(userId, ['fan'])).toEqual(['fan']);
    expect([await standingSessions(ctx, userId), await auditOf(userId)]).toEqual([[session], []]);
  });

  it('can’t stop to be one by themselves, nor give what there is not', async () => {
    const { userId } = await newAccount(ctx);
    const self = create(ActorSchema, { userId, operator: true });
    expect(await give(userId, ['fan', 'operator'])).toEqual(['fan', 'operator']);
    expect(await give(userId, ['fan'], self)).toBe('own-operator-role');
    expect(await give(userId, ['fan', 'organiser', 'operator'], self)).toEqual(['fan', 'organiser', 'operator']);
    expect(await give(userId, ['emperor'])).toBe('invalid-request');
    expect(await give(newId(), ['fan'])).toBe('user-not-found');
    expect(await give(userId, ['fan'])).toEqual(['fan']);
  });

  it('mends an address: it is not verified, its token is, and what was sent before opens nothing', async () => {
    const account = await newAccount(ctx);
    const { userId } = account;
    const before = captureMails(ctx.db);
    await before.db.transaction((tx) => renewProof(tx, account, 'RESET', account.email));
    const { db, mails } = captureMails(ctx.db);
    const [next, idempotencyKey] = [newAddress(), newId()];
    expect(await mend(userId, next, { db, idempotencyKey })).toBe('done');
    expect(await mend(userId, next, { db, idempotencyKey })).toBe('done');
    expect(await accountOf(ctx, userId)).toMatchObject({ email: next, verified: false });
    expect(mails).toMatchObject([{ kind: 'verify-address', address: next }]);
    expect(await findProof(ctx.db, mails[0]?.token ?? '', ['VERIFY'])).toMatchObject({ address: next });
    expect(await findProof(ctx.db, before.mails[0]?.token ?? '', ['RESET'])).toBeUndefined();
    const audited = await auditOf(userId);
    expect(audited).toEqual([['user.email', { before: { verified: false }, after: { verified: false } }]]);
    expect(await mend(userId, newAddress(), { idempotencyKey })).toBe('idempotency-key-reused');
  });

  it('can’t give an address that another account has', async () => {
    const [one, other] = [await newAccount(ctx), await newAccount(ctx)];
    expect(await mend(one.userId, other.email)).toBe('email-taken');
    expect(await mend(newId(), newAddress())).toBe('user-not-found');
    expect(await mend(one.userId, 'no address')).toBe('invalid-request');
    expect([(await accountOf(ctx, one.userId)).email, await auditOf(one.userId)]).toEqual([one.email, []]);
  });
});

describe('the first operator', () => {
  it('is made of an account whose address is verified, once', async () => {
    const { email, userId, id } = await newAccount(ctx);
    const grant = (toUnverified = false) => grantRole(ctx.db, { email, role: 'operator', toUnverified });
    expect(await grantRole(ctx.db, { email: newAddress(), role: 'operator', toUnverified: true })).toBe('no-account');
    expect(await grant()).toBe('not-verified');
    expect((await accountOf(ctx, userId)).roles).toEqual(['fan']);
    await ctx.db.execute('UPDATE accounts SET verified_at = UTC_TIMESTAMP(3) WHERE id = ?', [id]);
    const outcomes = await Promise.all([grant(), grant(), grant()]);
    expect(outcomes.toSorted()).toEqual(['granted', 'had-it', 'had-it']);
    expect((await accountOf(ctx, userId)).roles).toEqual(['fan', 'operator']);
    expect(await auditOf(userId)).toEqual([
      ['user.roles', { before: { roles: ['fan'] }, after: { roles: ['fan', 'operator'] }, by: 'grant-role' }],
    ]);
  });

  it('may be one who has not verified, where that is wanted', async () => {
    const { email, userId } = await newAccount(ctx);
    expect(await grantRole(ctx.db, { email, role: 'organiser', toUnverified: true })).toBe('granted');
    expect((await accountOf(ctx, userId)).roles).toEqual(['fan', 'organiser']);
  });
});
