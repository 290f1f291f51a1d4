import { z } from 'zod';
import type { KeySet } from './key-set.ts';
import { createTokenVerifier, type TokenVerifier } from './signed-tokens.ts';

/** The right to buy tickets of one concert for a while. */
export interface QueuePass {
  /** Names the pass: the same place of the same person has one. */
  id: string;
  userId: string;
  concertId: string;
  /** The epoch of the waiting room that gave it: a room that was lost and restarted has another. */
  epoch: string;
  /** The place in the waiting room that it was given for. */
  place: number;
  /** Milliseconds since 1970. */
  signedAt: number;
}

// While versions change, a queue may sign passes without an epoch, and lists them without one as well.
const claims = z
  .object({ sub: z.uuid(), room: z.uuid(), epoch: z.string().default(''), place: z.int(), iat: z.int(), jti: z.string() })
  .transform(
    ({ sub, room, epoch, place, iat, jti }): QueuePass => ({ id: jti, userId: sub, concertId: room, epoch, place, signedAt: iat * 1_000 }),
  );

/** Verifies the passes that the queue service signs. */
export function createQueuePasses(keys: KeySet, options: { now?: () => number } = {}): TokenVerifier<QueuePass> {
  return createTokenVerifier({ keys, issuer: 'ticketing-queue', audience: 'ticketing-pass', claims, ...options });
}
