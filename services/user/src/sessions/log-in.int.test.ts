import { create } from '@bufbuild/protobuf';
import { TimestampSchema, timestampMs } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRpcClient } from '@ticketing/common/rpc-client';
import { verifyJwt } from '@ticketing/common/testing/verify-jwt';
import { UserService } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import { createTestContext, newAddress, openSession, password, register } from '../testing/test-accounts.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

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
