import { z } from 'zod';
import type { KeySet } from './key-set.ts';
import { createTokenVerifier, type TokenVerifier } from './signed-tokens.ts';

/** Who is asking. */
export interface User {
  id: string;
  roles: string[];
  /** Undefined in a token that the version before has signed. */
  sessionId: string | undefined;
  /** Whether the person had shown, when the token was signed, that their address is theirs. */
  verified: boolean;
  /** When half of the token's life is over, in milliseconds since 1970. */
  renewAt: number;
}

const claims = z
  .object({
    sub: z.uuid(),
    roles: z.array(z.string()),
    sid: z.uuid().optional(),
    verified: z.boolean().default(false),
    iat: z.int(),
    exp: z.int(),
  })
  .transform(({ sub, roles, sid, verified, iat, exp }): User => {
    return { id: sub, roles, sessionId: sid, verified, renewAt: ((iat + exp) / 2) * 1_000 };
  });

/** Verifies the access tokens that the user service signs. */
export function createAccessTokens(keys: KeySet, now?: () => number): TokenVerifier<User> {
  return createTokenVerifier({ keys, issuer: 'ticketing-user', audience: 'ticketing', claims, ...(now && { now }) });
}
