import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idFromBinary } from '@ticketing/common/database';
import { type ExplainedStatement, explained, wholeScans } from '@ticketing/common/testing/explained';
import { analyzeTables, insertMany, numberedId, storedNumberedId } from '@ticketing/common/testing/many-rows';
import { writePlans } from '@ticketing/common/testing/plan-table';
import { GetUserRequestSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { getUser } from './accounts/get-user.ts';
import type { Context } from './context.ts';
import { createTestContext, newAddress, openSession, password, register } from './testing/test-accounts.ts';

let ctx: Context;
const plans: Record<string, ExplainedStatement[]> = {};
const tables = ['accounts'];
const email = newAddress();

beforeAll(async () => {
  ctx = await createTestContext();
  await register(ctx, email);
  await insertMany(ctx.db, 'accounts', {
    ...{ id: numberedId('account'), email: `CONCAT(n, '-${email}')`, name: "CONCAT('Fan ', n)", password_hash: "'none'", roles: "'fan'" },
  });
  await analyzeTables(ctx.db, tables);
}, 900_000);
afterAll(async () => {
  await writePlans({ service: 'user', tables, statements: plans });
  await ctx.stop();
}, 900_000);

const hotPaths: Record<string, (db: Context['db']) => Promise<unknown>> = {
  'logging in': (db) => openSession({ ...ctx, db }, email, password),
  'who somebody is': (db) =>
    getUser({ ...ctx, db }, create(GetUserRequestSchema, { userId: idFromBinary(storedNumberedId('account', 500)) })),
};

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
