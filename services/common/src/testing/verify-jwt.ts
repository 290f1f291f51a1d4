import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';

const keySet = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })) });

/**
 * Checks a JWT as a service that has only the public keys would.
 * @param jwks JSON Web Key Set
 * @throws when a key, the issuer, the audience or the time does not fit
 */
export async function verifyJwt(
  jwks: string,
  token: string,
  intended: { issuer: string; audience: string },
): Promise<{ payload: JWTPayload; kid: string | undefined }> {
  const keys: JSONWebKeySet = keySet.parse(JSON.parse(jwks));
  const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(keys), intended);
  return { payload, kid: protectedHeader.kid };
}
