import { type Refusal, refuse } from '@ticketing/common/refusal';
import { sideCallMs } from '@ticketing/common/rpc-client';
import { createTimedCache } from '@ticketing/common/timed-cache';
import type { Actor } from '@ticketing/contracts/gen/ticketing/common/v1/actor_pb';
import type { AuthorizeGateResponse } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { LRUCache } from 'lru-cache';

/** Who works at which gate, as the concert service knows it. */
export interface GateAccess {
  /** The refusal to somebody who does not work at the gate of this performance. Throws when that can't be known. */
  refusalOf: (actor: Actor, performanceId: string) => Promise<Refusal | undefined>;
}

interface Question {
  actor: Actor;
  performanceId: string;
}

/** The part of the concert service that is asked. */
export interface GateAuthority {
  authorizeGate: (request: Question, options: { timeoutMs: number }) => Promise<AuthorizeGateResponse>;
}

interface Known {
  refusal?: Refusal;
}

const remembered = 10_000;
// An account that is taken from a gate scans for so long at the most; a scan waits for a question only at a gate that has rested.
const usual = { yesMs: 3_000, yesStaleMs: 5_000, noMs: 1_000 };
// A gate goes on while the concert service is away: nobody can be taken from a gate then either.
const outageMs = 15 * 60_000;

/** Asks the concert service, once in some seconds for each account and gate. */
export function createGateAccess(concerts: GateAuthority, { yesMs, yesStaleMs, noMs } = usual): GateAccess {
  const allowed = new LRUCache<string, true>({ max: remembered, ttl: outageMs });
  const ask = async (key: string, request: Question): Promise<Known> => {
    try {
      const { refusal } = await concerts.authorizeGate(request, { timeoutMs: sideCallMs });
      if (!refusal) {
        allowed.set(key, true);
        return {};
      }
      allowed.delete(key);
      return { refusal: refuse(refusal.code, refusal.detail) };
    } catch (error) {
      if (allowed.has(key)) return {};
      throw error;
    }
  };
  const known = createTimedCache<Known, Question>({
    max: remembered,
    ttlMs: ({ refusal }) => (refusal ? noMs : yesMs),
    staleMs: ({ refusal }) => (refusal ? 0 : yesStaleMs),
    load: ask,
  });
  return {
    refusalOf: async (actor, performanceId) => {
      const key = `${actor.userId} ${actor.operator} ${performanceId}`;
      return (await known.get(key, { actor, performanceId })).refusal;
    },
  };
}
