import { z } from 'zod';
import type { KeySet } from './key-set.ts';
import { createTokenVerifier, type TokenVerifier } from './signed-tokens.ts';

/** Who is asking. */
export interface User {
  id: string;
  roles: string[];
}

const claims = z.object({ sub: z.uuid(), roles: z.array(z.string()) }).transform(({ sub, roles }): User => ({ id: sub, roles }));

/** Verifies the access tokens that the user service signs. */
export function createAccessTokens(keys: KeySet, now?: () => number): TokenVerifier<User> {
  return createTokenVerifier({ keys, issuer: 'ticketing-user', audience: 'ticketing', claims, ...(now && { now }) });
}
