import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { FindUserRequestSchema, GetUsersRequestSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import { findUser } from '../operators/find-user.ts';
import { createTestContext, newAddress, register } from '../testing/test-accounts.ts';
import { getUsers } from './get-users.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

async function idOf(email: string): Promise<string | undefined> {
  const { user } = await findUser(ctx, create(FindUserRequestSchema, { email }));
  return user?.id;
}

async function newAccount(): Promise<{ id: string; email: string }> {
  const email = newAddress();
  await register(ctx, email);
  return { id: (await idOf(email)) ?? '', email };
}

describe('an account', () => {
  it('is found by its whole address, in whatever way that is written', async () => {
    const { id, email } = await newAccount();
    expect([await idOf(email.toUpperCase()), await idOf(` ${email} `)]).toEqual([id, id]);
    for (const other of [email.slice(1), `${email.split('@')[0] ?? ''}%@%`, '%', '', `x${email}`])
      expect(await idOf(other)).toBeUndefined();
  });
});

describe('accounts', () => {
  it('are named together; those that there are not are left out', async () => {
    const [one, two] = [await newAccount(), await newAccount()];
    const { items = [] } = await getUsers(ctx, create(GetUsersRequestSchema, { userIds: [one.id, newId(), two.id] }));
    expect(new Map(items.map(({ id, email }) => [id, email]))).toEqual(
      new Map([
        [one.id, one.email],
        [two.id, two.email],
      ]),
    );
    expect(await getUsers(ctx, create(GetUsersRequestSchema, {}))).toEqual({ items: [] });
  });

  it('are not named in any number', async () => {
    const userIds = Array.from({ length: 501 }, () => newId());
    await expect(getUsers(ctx, create(GetUsersRequestSchema, { userIds }))).rejects.toThrow('500 are the most');
  });
});
