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

const stored = z.object({ reservationId: z.string(), claimedAt: z.number() });

// A claim this old should show in MySQL as a held seat. If it does not, its owner died before, and the claim is void.
const trustMs = 15_000;

export function createHoldShield(sidecar: Sidecar, log: Logger): HoldShield {
  const release = async ({ reservationId, seatIds }: SeatClaim): Promise<void> => {
    await Promise.all(
      seatIds.map(async (seatId) => {
        const entry = await sidecar.getState(keyOf(seatId));
        const owner = stored.safeParse(entry?.value).data;
        if (entry && owner?.reservationId === reservationId) await sidecar.deleteState(keyOf(seatId), entry.etag);
      }),
    ).catch((error: unknown) => {
      log.warn({ err: error, reservationId }, 'seat claims could not be given up; they run out by themselves');
    });
  };

  const foreignClaims = async ({ reservationId, seatIds }: SeatClaim, isHeld: (seatId: string) => boolean): Promise<string[]> => {
    const claims = await sidecar.getStates(seatIds.map(keyOf));
    return seatIds.filter((seatId) => {
      const claim = stored.safeParse(claims.get(keyOf(seatId))).data;
      if (!claim || claim.reservationId === reservationId) return false;
      return Math.abs(Date.now() - claim.claimedAt) < trustMs || isHeld(seatId);
    });
  };

  return {
    claim: async (claim, ttlSeconds, isHeld) => {
      const value = { reservationId: claim.reservationId, claimedAt: Date.now() };
      try {
        if (await sidecar.createStates(claim.seatIds.map((seatId) => ({ key: keyOf(seatId), value, ttlSeconds })))) return [];
        // A conflict is also what a failing store answers, so look who it is.
        const taken = await foreignClaims(claim, isHeld);
        // What is somebody else's was not claimed by us, so there is only the rest to give up.
        const rest = claim.seatIds.filter((seatId) => !taken.includes(seatId));
        if (taken.length > 0 && rest.length > 0) await release({ ...claim, seatIds: rest });
        return taken;
      } catch (error) {
        log.warn({ err: error }, 'seat claims are out; MySQL decides alone');
        return [];
      }
    },
    release,
  };
}

function keyOf(seatId: string): string {
  return `seat:${seatId}`;
}
