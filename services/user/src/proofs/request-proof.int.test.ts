import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Database, idToBinary, type Queryable } from '@ticketing/common/database';
import { pollUntil } from '@ticketing/common/poll-until';
import { withoutGuard, withPause } from '@ticketing/common/testing/without-guard';
import { ProofPurpose, RequestProofRequestSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import { captureMails, ownProofRequests } from '../testing/capture-mails.ts';
import { createTestContext, meetingOf, newAccount, newAddress } from '../testing/test-accounts.ts';
import { requestProof } from './request-proof.ts';
import { sendProofs } from './send-proofs.ts';

let ctx: Context;
let own: Awaited<ReturnType<typeof ownProofRequests>>;
beforeAll(async () => {
  ctx = await createTestContext();
  own = await ownProofRequests();
});
afterAll(async () => {
  await own.drop();
  await ctx.stop();
});

const { RESET, VERIFY } = ProofPurpose;

/** Asks for a token, and counts what that takes. */
async function ask(purpose: ProofPurpose, of: { email: string } | { userId: string }) {
  const statements: string[] = [];
  let wakes = 0;
  const { db } = own;
  const noted: Database = { ...db, ...noting(db, statements), transaction: () => Promise.reject(new Error('a transaction')) };
  const proofSender = { wake: () => (wakes += 1), stop: () => Promise.resolve() };
  const wanted = 'email' in of ? { case: 'email' as const, value: of.email } : { case: 'userId' as const, value: of.userId };
  const answer = await requestProof({ db: noted, proofSender }, create(RequestProofRequestSchema, { purpose, of: wanted }));
  return { answer, statements, wakes };
}

function noting(queryable: Queryable, statements: string[]): Queryable {
  return {
    query: (sql, values) => {
      statements.push(sql);
      return queryable.query(sql, values);
    },
    execute: (sql, values) => {
      statements.push(sql);
      return queryable.execute(sql, values);
    },
  };
}

/** Works the requests off. @returns the mails that were kept */
async function workOff(db = own.db) {
  const captured = captureMails(db);
  while ((await sendProofs(captured.db)) > 0);
  return captured.mails;
}

const waiting = async (): Promise<number> => (await own.db.query('SELECT id FROM proof_requests')).length;

describe('a request for a token', () => {
  it.each([RESET, VERIFY])('takes the same work and has the same answer for every address: %s', async (purpose) => {
    const { email } = await newAccount(ctx);
    const known = await ask(purpose, { email });
    for (const address of [newAddress(), `${email}' OR '1'='1`, 'no address', '']) {
      expect(await ask(purpose, { email: address })).toEqual(known);
    }
    expect(known).toMatchObject({ answer: {}, wakes: 1 });
    expect(known.statements).toHaveLength(1);
    await workOff();
  });

  it('sends a mail to the address of an account, however it is written, and to no other', async () => {
    const { email, userId } = await newAccount(ctx);
    await ask(RESET, { email: ` ${email.toUpperCase()}` });
    await ask(RESET, { email: newAddress() });
    const mails = await workOff();
    expect(mails).toEqual([
      { kind: 'reset-password', accountId: userId, address: email, locale: 'ko', token: expect.stringMatching(/^[\w-]{43}$/) },
    ]);
    expect(await waiting()).toBe(0);
  });

  it('to verify is for who is logged in too, and sends nothing to who has verified', async () => {
    const { email, userId, id } = await newAccount(ctx);
    await ask(VERIFY, { userId });
    expect((await workOff()).map(({ kind, address }) => [kind, address])).toEqual([['verify-address', email]]);
    await ctx.db.execute('UPDATE accounts SET verified_at = UTC_TIMESTAMP(3) WHERE id = ?', [id]);
    await ask(VERIFY, { userId });
    await ask(VERIFY, { email });
    expect(await workOff()).toEqual([]);
  });

  it('is about nothing any more when the account has got another address, or is gone', async () => {
    const [moved, gone] = [await newAccount(ctx), await newAccount(ctx)];
    await ask(RESET, { email: moved.email });
    await ask(VERIFY, { userId: gone.userId });
    await ctx.db.execute('UPDATE accounts SET deleted_at = UTC_TIMESTAMP(3), email = ? WHERE id = ?', [`deleted:${gone.userId}`, gone.id]);
    const db = withPause(own.db, 'deleted_at IS NULL FOR UPDATE', async () => {
      await ctx.db.execute('UPDATE accounts SET email = ? WHERE id = ?', [newAddress(), moved.id]);
    });
    expect(await workOff(db)).toEqual([]);
    expect(await waiting()).toBe(0);
  });

  it('is bounded by account and hour', async () => {
    const { email } = await newAccount(ctx);
    for (let times = 0; times < 8; times += 1) await ask(RESET, { email });
    expect(await workOff()).toHaveLength(5);
    expect(await waiting()).toBe(0);
  });
});

describe('two instances that work one request off', () => {
  async function workOffTwice(db: Database) {
    const { email, id } = await newAccount(ctx);
    await ask(RESET, { email });
    const together = withPause(db, 'deleted_at IS NULL FOR UPDATE', meetingOf(2));
    const [one, other] = [captureMails(together), captureMails(together)];
    await Promise.all([sendProofs(one.db), sendProofs(other.db)]);
    const proofs = await ctx.db.query("SELECT digest FROM address_proofs WHERE account_id = ? AND purpose = 'RESET'", [id]);
    return { mails: one.mails.length + other.mails.length, proofs: proofs.length };
  }

  it('send one mail', async () => {
    expect(await workOffTwice(own.db)).toEqual({ mails: 1, proofs: 1 });
  });

  it('would send two if both took it for theirs', async () => {
    const unguarded = withoutGuard(
      own.db,
      'DELETE FROM proof_requests WHERE id = ?',
      'UPDATE proof_requests SET requested_at = requested_at WHERE id = ?',
    );
    expect(await workOffTwice(unguarded)).toEqual({ mails: 2, proofs: 2 });
    await own.db.execute('DELETE FROM proof_requests');
  });
});

it('leaves nothing behind in the table that all instances share', async () => {
  const { userId, email } = await newAccount(ctx);
  await requestProof(ctx, create(RequestProofRequestSchema, { purpose: RESET, of: { case: 'email', value: email } }));
  await requestProof(ctx, create(RequestProofRequestSchema, { purpose: VERIFY, of: { case: 'userId', value: userId } }));
  const left = async () => ctx.db.query('SELECT id FROM proof_requests WHERE address = ? OR account_id = ?', [email, idToBinary(userId)]);
  expect(await pollUntil(async () => ((await left()).length === 0 ? true : undefined), 20_000)).toBe(true);
  const rows = await ctx.db.query<{ purpose: string }>('SELECT purpose FROM address_proofs WHERE account_id = ? ORDER BY created_at', [
    idToBinary(userId),
  ]);
  expect(rows.map(({ purpose }) => purpose).toSorted()).toEqual(['RESET', 'VERIFY', 'VERIFY']);
});
