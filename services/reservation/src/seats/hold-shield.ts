import type { Sidecar } from '@ticketing/common/dapr';
import type { Logger } from '@ticketing/common/log';
import { z } from 'zod';

/**
 * A claim per seat in the state store. It turns losers away in one hop, before MySQL is touched, and nothing more:
 * MySQL decides who holds a seat, so every doubt here is settled by letting the request through.
 */
export interface HoldShield {
  /**
   * Claims all seats or none. Returns the seats that somebody else has claimed; none means: go on.
   * @param isHeld what was last seen in MySQL; it settles whether an old claim is still meant
   */
  claim: (claim: SeatClaim, ttlSeconds: number, isHeld: (seatId: string) => boolean) => Promise<string[]>;
  /** Gives own claims up. */
  release: (claim: SeatClaim) => Promise<void>;
}

export interface SeatClaim {
  reservationId: string;
  seatIds: string[];
}

interface ForeignClaims {
  taken: string[];
  free: string[];
  /** There is a claim that nobody means any more. */
  isVoid: boolean;
}

const nobody: ForeignClaims = { taken: [], free: [], isVoid: false };

/** What claims are kept in. */
export type SeatClaimStore = Pick<Sidecar, 'createStates' | 'getStates' | 'getState' | 'deleteState'>;

const stored = z.object({ reservationId: z.string(), claimedAt: z.number() });

// A claim this old should show in MySQL as a held seat. If it does not, its owner died before, and the claim is void.
const trustMs = 15_000;

export function createHoldShield(store: SeatClaimStore, log: Pick<Logger, 'warn'>): HoldShield {
  const release = async ({ reservationId, seatIds }: SeatClaim): Promise<void> => {
    await Promise.all(
      seatIds.map(async (seatId) => {
        const entry = await store.getState(keyOf(seatId));
        const owner = stored.safeParse(entry?.value).data;
        if (entry && owner?.reservationId === reservationId) await store.deleteState(keyOf(seatId), entry.etag);
      }),
    ).catch((error: unknown) => {
      log.warn({ err: error, reservationId }, 'seat claims could not be given up; they are void after a while');
    });
  };

  const foreignClaims = async ({ reservationId, seatIds }: SeatClaim, isHeld: (seatId: string) => boolean): Promise<ForeignClaims> => {
    const claims = await store.getStates(seatIds.map(keyOf));
    const foreign = seatIds.filter((seatId) => {
      const value = claims.get(keyOf(seatId));
      return value !== undefined && stored.safeParse(value).data?.reservationId !== reservationId;
    });
    const taken = foreign.filter((seatId) => isTrusted(claims.get(keyOf(seatId)), seatId, isHeld));
    return { taken, free: seatIds.filter((seatId) => !foreign.includes(seatId)), isVoid: foreign.length > taken.length };
  };

  // It may have lost its time to live, which the store writes after the value; then it would stand here for ever and shield nothing.
  const removeVoid = async ({ seatIds }: SeatClaim, isHeld: (seatId: string) => boolean): Promise<void> => {
    await Promise.all(
      seatIds.map(async (seatId) => {
        const entry = await store.getState(keyOf(seatId));
        if (entry && !isTrusted(entry.value, seatId, isHeld)) await store.deleteState(keyOf(seatId), entry.etag);
      }),
    );
  };

  return {
    claim: async (claim, ttlSeconds, isHeld) => {
      const value = { reservationId: claim.reservationId, claimedAt: Date.now() };
      const entries = claim.seatIds.map((seatId) => ({ key: keyOf(seatId), value, ttlSeconds }));
      // A conflict is also what a failing store answers, so look who it is.
      const attempt = async () => ((await store.createStates(entries)) ? nobody : foreignClaims(claim, isHeld));
      try {
        let found = await attempt();
        if (found.taken.length === 0 && found.isVoid) {
          await removeVoid(claim, isHeld);
          found = await attempt();
        }
        // What is somebody else's was not claimed by us, so there is only the rest to give up.
        if (found.taken.length > 0 && found.free.length > 0) await release({ ...claim, seatIds: found.free });
        return found.taken;
      } catch (error) {
        log.warn({ err: error }, 'seat claims are out; MySQL decides alone');
        return [];
      }
    },
    release,
  };
}

function isTrusted(value: unknown, seatId: string, isHeld: (seatId: string) => boolean): boolean {
  const claim = stored.safeParse(value).data;
  return claim !== undefined && (Math.abs(Date.now() - claim.claimedAt) < trustMs || isHeld(seatId));
}

function keyOf(seatId: string): string {
  return `seat:${seatId}`;
}
