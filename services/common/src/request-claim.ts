import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Sidecar } from './dapr.ts';

/** What claims are kept in. */
export type ClaimStore = Pick<Sidecar, 'createState' | 'updateState' | 'getState' | 'deleteState'>;

/** The mark of one process that works on a request. Another one of the same request finds it and waits for the answer. */
export interface RequestClaim {
  id: string;
  nonce: string;
}

const stored = z.object({ nonce: z.string(), claimedAt: z.number() });

// A claim outlives the longest call, and not by much: who died with it does not block the key.
const claimSeconds = 12;

/**
 * Claims a request. While the state store is unavailable, every request counts as the first.
 *
 * The store writes a value and its time to live one after the other, and may lose the second: a claim that is older than its time to live is
 * void, wherever it came from, and the next one takes its place.
 */
export async function claimRequest(store: ClaimStore, id: string): Promise<RequestClaim | 'twin'> {
  const claim = { id, nonce: randomUUID() };
  const value = { nonce: claim.nonce, claimedAt: Date.now() };
  try {
    if (await store.createState(keyOf(id), value, claimSeconds)) return claim;
    // A conflict is also what a failing store answers, so look.
    const present = await store.getState(keyOf(id));
    if (!present) return claim;
    if (isLive(present.value)) return 'twin';
    if (await store.updateState(keyOf(id), value, present.etag, claimSeconds)) return claim;
    const winner = await store.getState(keyOf(id));
    return winner && isLive(winner.value) ? 'twin' : claim;
  } catch {
    // Without the state store MySQL decides alone.
    return claim;
  }
}

/**
 * Gives an own claim up, so that a client that was told to try again does not wait for an answer that will not come. A claim that somebody
 * else has made since stays. Every new value has the same ETag, so one that is made between the look and the deletion, where the own one ran
 * out, is deleted all the same; then two work on the request, and the row in MySQL keeps one of them.
 */
export async function dropClaim(store: ClaimStore, { id, nonce }: RequestClaim): Promise<void> {
  try {
    const present = await store.getState(keyOf(id));
    if (present && stored.safeParse(present.value).data?.nonce === nonce) await store.deleteState(keyOf(id), present.etag);
  } catch {
    // It is void after a while.
  }
}

/** Clocks differ, so a claim from the future is no better than an old one. */
function isLive(value: unknown): boolean {
  const claim = stored.safeParse(value).data;
  return claim !== undefined && Math.abs(Date.now() - claim.claimedAt) < claimSeconds * 1_000;
}

function keyOf(id: string): string {
  return `idempotency:${id}`;
}
