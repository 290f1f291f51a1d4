import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { z } from 'zod';
import { loadSigningKeys, type SigningKeys } from './signing-keys.ts';

const intended = { issuer: 'ticketing-user', audience: 'ticketing' };
const jwks: z.ZodType<JSONWebKeySet> = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

function newKey(kid: string) {
  return { ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid };
}

function load(...keys: object[]): Promise<SigningKeys> {
  return loadSigningKeys(JSON.stringify({ keys }));
}

function sign(keys: SigningKeys, secondsLeft: number): Promise<string> {
  return keys.sign({ sub: 'fan' }, { ...intended, expiresAt: new Date(Date.now() + secondsLeft * 1_000) });
}

function verify(token: string, keys: SigningKeys) {
  return jwtVerify(token, createLocalJWKSet(jwks.parse(JSON.parse(keys.publicJwks))), intended);
}

describe('signing keys', () => {
  it('read what they have signed, also after its end, and nothing else', async () => {
    const keys = await load(newKey('new'), newKey('old'));
    expect(await keys.read(await sign(keys, -60))).toMatchObject({ sub: 'fan', iss: 'ticketing-user' });
    for (const token of [await sign(await load(newKey('new')), 60), await sign(await load(newKey('unknown')), 60), 'a.b.c', '']) {
      expect(await keys.read(token)).toBeUndefined();
    }
  });

  it('signs with the first key and says which it was', async () => {
    const keys = await load(newKey('new'), newKey('old'));
    const token = await sign(keys, 60);
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'EdDSA', kid: 'new', typ: 'JWT' });
    expect((await verify(token, keys)).payload).toMatchObject({ sub: 'fan', iss: 'ticketing-user', aud: 'ticketing' });
  });

  it('still verifies tokens of a key that is on its way out', async () => {
    const old = newKey('old');
    const token = await sign(await load(old), 60);
    await expect(verify(token, await load(newKey('new'), old))).resolves.toBeDefined();
    await expect(verify(token, await load(newKey('new')))).rejects.toThrow();
  });

  it('makes tokens that expire', async () => {
    const keys = await load(newKey('k'));
    await expect(verify(await sign(keys, -1), keys)).rejects.toThrow('"exp"');
  });

  it('publishes no private half', async () => {
    const key = newKey('k');
    expect((await load(key)).publicJwks).not.toContain(key.d);
  });

  it('takes no set that is empty, public or of another kind', async () => {
    const publicHalf = { ...newKey('k'), d: undefined };
    await expect(load()).rejects.toThrow();
    await expect(load(publicHalf)).rejects.toThrow();
    await expect(load({ kty: 'oct', k: 'c2VjcmV0', kid: 'k' })).rejects.toThrow();
  });
});
