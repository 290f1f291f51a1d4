import { createPrivateKey, createPublicKey, type KeyObject, sign as signWith } from 'node:crypto';
import { compactVerify, errors, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import { z } from 'zod';

const keySet = z.object({
  keys: z.array(z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), d: z.string(), kid: z.string() })).min(1),
});

/** An Ed25519 key set as kept in the secret store. The first key signs; the others are on their way out but still verify. */
export interface SigningKeys {
  /** The public halves as a JSON Web Key Set (RFC 7517). */
  publicJwks: string;
  /** Signs a JWT with the current key; `kid` is in its header. */
  sign: (payload: JWTPayload, options: { issuer: string; audience: string; issuedAt?: Date; expiresAt: Date }) => Promise<string>;
  /** The id of the current key. */
  currentKid: string;
  /** Signs bytes with the current key. What they begin with must tell them from a JWT, which begins with `e`. */
  signBytes: (bytes: Uint8Array) => Uint8Array;
  /** The public halves by their ids. */
  publicKeys: ReadonlyMap<string, KeyObject>;
  /** What a JWT says that one of the keys has signed, also after its end; undefined for one that is forged or no JWT at all. */
  read: (token: string) => Promise<unknown>;
}

/** @param secret JSON Web Key Set with private Ed25519 keys, newest first */
export async function loadSigningKeys(secret: string): Promise<SigningKeys> {
  const { keys } = keySet.parse(JSON.parse(secret));
  const [current] = keys;
  if (!current) throw new Error('the key set is empty');
  const privateKey = await importJWK(current, 'EdDSA');
  const privateKeyObject = createPrivateKey({ key: current, format: 'jwk' });
  const publicKeys = new Map(keys.map(({ kty, crv, x, kid }) => [kid, createPublicKey({ key: { kty, crv, x }, format: 'jwk' })]));
  const shownKeys: JWK[] = keys.map(({ kty, crv, x, kid }) => ({ kty, crv, x, kid, alg: 'EdDSA', use: 'sig' }));
  return {
    publicJwks: JSON.stringify({ keys: shownKeys }),
    sign: (payload, { issuer, audience, issuedAt = new Date(), expiresAt }) =>
      new SignJWT(payload)
        .setProtectedHeader({ alg: 'EdDSA', kid: current.kid, typ: 'JWT' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(privateKey),
    currentKid: current.kid,
    signBytes: (bytes) => signWith(null, bytes, privateKeyObject),
    publicKeys,
    read: (token) => readSigned(publicKeys, token),
  };
}

async function readSigned(publicKeys: ReadonlyMap<string, KeyObject>, token: string): Promise<unknown> {
  const find = ({ kid = '' }: { kid?: string | undefined }): KeyObject => {
    const key = publicKeys.get(kid);
    if (!key) throw new errors.JWKSNoMatchingKey();
    return key;
  };
  try {
    const { payload } = await compactVerify(token, find, { algorithms: ['EdDSA'] });
    return JSON.parse(new TextDecoder().decode(payload));
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
