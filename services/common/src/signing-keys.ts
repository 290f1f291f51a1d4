import { importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
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
}

/** @param secret JSON Web Key Set with private Ed25519 keys, newest first */
export async function loadSigningKeys(secret: string): Promise<SigningKeys> {
  const { keys } = keySet.parse(JSON.parse(secret));
  const [current] = keys;
  if (!current) throw new Error('the key set is empty');
  const privateKey = await importJWK(current, 'EdDSA');
  const publicKeys: JWK[] = keys.map(({ kty, crv, x, kid }) => ({ kty, crv, x, kid, alg: 'EdDSA', use: 'sig' }));
  return {
    publicJwks: JSON.stringify({ keys: publicKeys }),
    sign: (payload, { issuer, audience, issuedAt = new Date(), expiresAt }) =>
      new SignJWT(payload)
        .setProtectedHeader({ alg: 'EdDSA', kid: current.kid, typ: 'JWT' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(privateKey),
  };
}
