import { createHash } from 'node:crypto';
import { errors, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import type { KeySet } from './key-set.ts';

export interface TokenVerifier<C> {
  /** What a good token says; undefined for one that is forged, expired, foreign or no token at all. Throws when its keys can't be had. */
  (token: string): Promise<C | undefined>;
  /** True when its signature was found good before, so that looking at it again costs next to nothing. */
  knows: (token: string) => boolean;
}

export interface TokenVerifierOptions<S extends z.ZodType> {
  keys: KeySet;
  issuer: string;
  audience: string;
  claims: S;
  /** Milliseconds since 1970. */
  now?: () => number;
}

interface Verified<C> {
  claims: C;
  kid: string;
  /** Milliseconds since 1970. */
  goodUntil: number;
}

const clockDifferenceSeconds = 5;
const longestToken = 4_096;
// As many as poll one gateway, some hundred bytes each: with fewer than ask in turn, each of them would find itself forgotten.
const rememberedTokens = 250_000;

/** Verifies EdDSA JWTs of one issuer for one audience. A token's signature is checked once; then it is known until it expires. */
export function createTokenVerifier<S extends z.ZodType>(options: TokenVerifierOptions<S>): TokenVerifier<z.output<S>> {
  const { keys, issuer, audience, now = Date.now } = options;
  const known = new LRUCache<string, Verified<z.output<S>>>({ max: rememberedTokens });

  const verify = async (token: string): Promise<Verified<z.output<S>> | undefined> => {
    const { payload, protectedHeader } = await jwtVerify(
      token,
      async ({ kid }) => {
        const key = kid === undefined ? undefined : await keys.find(kid);
        if (!key) throw new errors.JWKSNoMatchingKey();
        return key;
      },
      // The algorithm is pinned here, so that what a token's own header says about it can't matter.
      {
        algorithms: ['EdDSA'],
        issuer,
        audience,
        clockTolerance: clockDifferenceSeconds,
        requiredClaims: ['exp'],
        currentDate: new Date(now()),
      },
    );
    const claims = options.claims.safeParse(payload);
    if (!claims.success || payload.exp === undefined || protectedHeader.kid === undefined) return undefined;
    return { claims: claims.data, kid: protectedHeader.kid, goodUntil: (payload.exp + clockDifferenceSeconds) * 1_000 };
  };

  const read = async (token: string): Promise<z.output<S> | undefined> => {
    if (token.length > longestToken) return undefined;
    const digest = digestOf(token);
    const remembered = known.get(digest);
    // The key is looked up again, because withdrawing a key must end the tokens that it signed.
    if (remembered && remembered.goodUntil > now() && (await keys.find(remembered.kid))) return remembered.claims;
    try {
      const verified = await verify(token);
      if (verified) known.set(digest, verified);
      else known.delete(digest);
      return verified?.claims;
    } catch (error) {
      known.delete(digest);
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  };
  return Object.assign(read, { knows: (token: string) => known.has(digestOf(token)) });
}

/** Names a token, in a tenth of its bytes. */
function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('binary');
}
