import { create } from '@bufbuild/protobuf';
import { TimestampSchema, timestampMs } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hash } from '@node-rs/argon2';
import { createRpcClient } from '@ticketing/common/rpc-client';
import { verifyJwt } from '@ticketing/common/testing/verify-jwt';
import { UserService } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import { createHashLine, type HashLine } from '../passwords/hash-line.ts';
import { createTestContext, newAddress, openSession, password, register } from '../testing/test-accounts.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

function createSignal(): { given: Promise<void>; give: () => void } {
  let give!: () => void;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

const intended = { issuer: 'ticketing-user', audience: 'ticketing' };

describe('logIn', () => {
  it('gives a token that names its owner and roles and verifies with the public keys of any instance', async () => {
    const email = newAddress();
    const account = await register(ctx, email);
    if (typeof account === 'string') throw new Error(`refused: ${account}`);
    const session = await openSession(ctx, email.toUpperCase(), password);
    if (!session.accessToken) throw new Error('there is no token');
    const { jwks } = await createRpcClient(UserService, ctx.sidecar, 'user').getSigningKeys({});
    const { payload, kid } = await verifyJwt(jwks, session.accessToken, intended);
    expect(payload).toMatchObject({ sub: account.id, roles: ['fan'] });
    expect(JSON.stringify(payload)).not.toContain('@');
    expect(kid).toEqual(expect.any(String));
    expect(jwks).toContain(`"kid":"${kid ?? ''}"`);
    expect(jwks).not.toContain('"d"');
    const seconds = (payload.exp ?? 0) - (payload.iat ?? 0);
    expect(Math.abs(seconds - ctx.config.ACCESS_TOKEN_SECONDS)).toBeLessThanOrEqual(1);
    expect(Math.floor(timestampMs(create(TimestampSchema, session.expiresAt)) / 1_000)).toBe(payload.exp);
  });

  it('does not verify after a change, nor as a queue pass', async () => {
    const email = newAddress();
    await register(ctx, email);
    const { accessToken = '' } = await openSession(ctx, email, password);
    const jwks = ctx.keys.publicJwks;
    const [header, payload, signature] = accessToken.split('.');
    const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as object;
    const promoted = Buffer.from(JSON.stringify({ ...claims, roles: ['operator'] })).toString('base64url');
    await expect(verifyJwt(jwks, `${header}.${promoted}.${signature}`, intended)).rejects.toThrow('signature');
    await expect(verifyJwt(jwks, accessToken, { issuer: 'ticketing-queue', audience: 'ticketing-pass' })).rejects.toThrow();
  });

  it.each(['Señor café 비밀번호 9', 'Ångström ﷺ がぎぐ', 'e\u0301e\u0323\u0302'])('takes %s however it is composed', async (chosen) => {
    for (const [given, typed] of [
      [chosen.normalize('NFD'), chosen.normalize('NFC')],
      [chosen.normalize('NFC'), chosen.normalize('NFD')],
      [chosen, chosen],
    ] as const) {
      const email = newAddress();
      await register(ctx, email, given);
      expect((await openSession(ctx, email, typed)).accessToken).toEqual(expect.any(String));
      expect((await openSession(ctx, email, `${typed}x`)).refusal).toBeDefined();
    }
  });

  it('lets in whose password was hashed as it was typed', async () => {
    const email = newAddress();
    await register(ctx, email);
    const typed = 'Señor café 9'.normalize('NFD');
    await ctx.db.execute('UPDATE accounts SET password_hash = ? WHERE email = ?', [await hash(typed), email]);
    expect((await openSession(ctx, email, typed)).accessToken).toEqual(expect.any(String));
    expect((await openSession(ctx, email, 'Senor cafe 9')).refusal).toMatchObject({ code: 'invalid-credentials' });
  });

  it('refuses a wrong password and an unknown address with the same words', async () => {
    const email = newAddress();
    await register(ctx, email);
    const wrong = await openSession(ctx, email, `${password}.`);
    const unknown = await openSession(ctx, newAddress(), password);
    expect(wrong.refusal).toMatchObject({ code: 'invalid-credentials' });
    expect(unknown).toEqual(wrong);
    expect((await openSession(ctx, email, '')).refusal).toEqual(wrong.refusal);
    expect((await openSession(ctx, `${email}' OR '1'='1`, password)).refusal).toEqual(wrong.refusal);
  });
});

describe('a flood of wrong passwords', () => {
  const flood = 150;
  const mostAtWork = 2;

  /** What the flood was told, and how many passwords of it were looked at before the right one, which was given when all of it waited. */
  async function meetFlood(emailOf: (index: number) => string, email: string) {
    const [network, home] = [newAddress(), newAddress()];
    // A machine that is busy with other things makes nobody give up.
    const line = createHashLine({ mostAtWork, mostWaiting: 200, longestWaitMs: 60_000 });
    const [floodAsked, homeAsked] = [createSignal(), createSignal()];
    let asked = 0;
    const served: string[] = [];
    const run: HashLine['run'] = (from, work) => {
      const outcome = line.run(from, async () => {
        await homeAsked.given;
        served.push(from);
        return work();
      });
      asked += 1;
      if (asked === flood) floodAsked.give();
      if (from === home) homeAsked.give();
      return outcome;
    };
    const patient = { ...ctx, hashLine: { run } };
    const told: Record<string, number> = {};
    const wrong = Array.from({ length: flood }, async (_, index) => {
      const { refusal } = await openSession(patient, emailOf(index), 'a wrong password', network);
      told[refusal?.code ?? 'session'] = (told[refusal?.code ?? 'session'] ?? 0) + 1;
    });
    await floodAsked.given;
    const { accessToken } = await openSession(patient, email, password, home);
    await Promise.all(wrong);
    return { accessToken, before: served.indexOf(home), told, network };
  }

  it('from one network delays a log-in from another one by one turn only', async () => {
    const email = newAddress();
    await register(ctx, email);
    const { accessToken, before, told } = await meetFlood(newAddress, email);
    expect(accessToken).toEqual(expect.any(String));
    // Those at work end, and networks take turns.
    expect(before).toBe(mostAtWork + 1);
    expect(told).toEqual({ 'invalid-credentials': flood });
  });

  it('at one account is stopped where it comes from, and the owner is let in elsewhere', async () => {
    const email = newAddress();
    await register(ctx, email);
    const { accessToken, told, network } = await meetFlood(() => email, email);
    expect(accessToken).toEqual(expect.any(String));
    expect(told['invalid-credentials']).toBeGreaterThanOrEqual(10);
    expect(told['invalid-credentials']).toBeLessThanOrEqual(11);
    expect(told['too-many-attempts']).toBe(flood - (told['invalid-credentials'] ?? 0));
    expect((await openSession(ctx, email, password, network)).refusal).toMatchObject({ code: 'too-many-attempts' });
    expect((await openSession(ctx, newAddress(), password, network)).refusal).toMatchObject({ code: 'invalid-credentials' });
  });

  it('is the same for an address that nobody has', async () => {
    const email = newAddress();
    const { told } = await meetFlood(() => email, email);
    expect(told['invalid-credentials']).toBeLessThanOrEqual(11);
    expect(told['too-many-attempts']).toBe(flood - (told['invalid-credentials'] ?? 0));
  });

  it('beyond what can wait is told to come again, sign-ups like log-ins', async () => {
    const narrow = { ...ctx, hashLine: createHashLine({ mostAtWork: 1, mostWaiting: 2, longestWaitMs: 60_000 }) };
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => register(narrow, newAddress())));
    expect(outcomes.filter((outcome) => outcome === 'temporarily-unavailable')).toHaveLength(7);
    const sessions = await Promise.all(Array.from({ length: 10 }, () => openSession(narrow, newAddress(), password, 'one network')));
    expect(sessions.filter(({ refusal }) => refusal?.code === 'temporarily-unavailable')).toHaveLength(7);
  });
});
