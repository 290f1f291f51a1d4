import { z } from 'zod';
import type { KeySet } from './key-set.ts';
import { createTokenVerifier, type TokenVerifier } from './signed-tokens.ts';

/** The right to buy tickets of one concert for a while. */
export interface QueuePass {
  userId: string;
  concertId: string;
}

const claims = z
  .object({ sub: z.uuid(), room: z.uuid(), jti: z.string() })
  .transform(({ sub, room }): QueuePass => ({ userId: sub, concertId: room }));

/** Verifies the passes that the queue service signs. */
export function createQueuePasses(keys: KeySet, now?: () => number): TokenVerifier<QueuePass> {
  return createTokenVerifier({ keys, issuer: 'ticketing-queue', audience: 'ticketing-pass', claims, ...(now && { now }) });
}
