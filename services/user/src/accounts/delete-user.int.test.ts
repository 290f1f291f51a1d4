import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import { CountLiveTicketsResponseSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { DeleteUserRequestSchema, GetUserRequestSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import { findProof, renewProof } from '../proofs/address-proofs.ts';
import { captureMails } from '../testing/capture-mails.ts';
import {
  accountOf,
  createTestContext,
  newAccount,
  newSession,
  openSession,
  password,
  register,
  standingSessions,
} from '../testing/test-accounts.ts';
import { deleteUser } from './delete-user.ts';
import { getUser } from './get-user.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

interface Deletion {
  given?: string;
  force?: boolean;
  /** Tickets that the reservation service counts; undefined: the real one is asked. */
  tickets?: number;
}

async function remove(userId: string, { given = password, force = false, tickets }: Deletion = {}): Promise<string> {
  const counted = { countLiveTickets: () => Promise.resolve(create(CountLiveTicketsResponseSchema, { count: tickets ?? 0 })) };
  const request = create(DeleteUserRequestSchema, { userId, password: given, force, clientAddress: newId() });
  const { refusal } = await deleteUser(tickets === undefined ? ctx : { ...ctx, reservations: counted }, request);
  return refusal?.code ?? 'done';
}

const eventsOf = async (userId: string): Promise<string[]> =>
  (await ctx.db.query<{ type: string }>('SELECT type FROM outbox_events WHERE aggregate_id = ? ORDER BY seq', [userId])).map(
    ({ type }) => type,
  );

describe('deleteUser', () => {
  it('erases who it was, keeps its id, ends its sessions, and tells of it', async () => {
    const account = await newAccount(ctx);
    const { email, userId, id } = account;
    await newSession(ctx, email);
    const { db, mails } = captureMails(ctx.db);
    await db.transaction((tx) => renewProof(tx, account, 'RESET', email));
    expect(await remove(userId)).toBe('done');

    const [row] = await ctx.db.query('SELECT * FROM accounts WHERE id = ?', [id]);
    expect(row).toMatchObject({ name: '', password_hash: '', roles: '', verified_at: null, deleted_at: expect.any(Date) });
    expect(JSON.stringify(row)).not.toContain(email);
    for (const table of ['address_proofs', 'proof_requests', 'mails']) {
      expect(await ctx.db.query(`SELECT 1 FROM ${table} WHERE account_id = ?`, [id])).toEqual([]);
    }
    expect(await findProof(ctx.db, mails[0]?.token ?? '', ['RESET'])).toBeUndefined();
    expect(await standingSessions(ctx, userId)).toEqual([]);
    expect(await eventsOf(userId)).toEqual(['user.registered', 'user.deleted']);
    expect((await getUser(ctx, create(GetUserRequestSchema, { userId }))).result?.value).toMatchObject({ code: 'user-not-found' });
    expect((await openSession(ctx, email, password)).refusal?.code).toBe('invalid-credentials');
    expect((await openSession(ctx, `deleted:${userId}`, '')).refusal?.code).toBe('invalid-credentials');
  });

  it('frees the address', async () => {
    const { email, userId } = await newAccount(ctx);
    expect(await remove(userId)).toBe('done');
    expect(await register(ctx, email)).toEqual({ id: expect.any(String) });
  });

  it('needs the password, and is done once', async () => {
    const { email, userId } = await newAccount(ctx);
    expect(await remove(userId, { given: 'another one' })).toBe('wrong-password');
    expect((await accountOf(ctx, userId)).email).toBe(email);
    const outcomes = await Promise.all([remove(userId), remove(userId)]);
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
    expect(await remove(userId)).toBe('user-not-found');
    expect(await eventsOf(userId)).toEqual(['user.registered', 'user.deleted']);
  });

  it('waits for tickets to be over, unless it is forced', async () => {
    const { userId, id } = await newAccount(ctx);
    expect(await remove(userId, { tickets: 2 })).toBe('tickets-live');
    const [row] = await ctx.db.query('SELECT deleted_at FROM accounts WHERE id = ?', [idToBinary(userId)]);
    expect([row, id.length]).toEqual([{ deleted_at: null }, 16]);
    expect(await remove(userId, { tickets: 2, force: true })).toBe('done');
  });
});
