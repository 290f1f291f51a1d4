import type { Client } from '@connectrpc/connect';
import type { Logger } from '@ticketing/common/log';
import { sideCallMs } from '@ticketing/common/rpc-client';
import { createTimedCache } from '@ticketing/common/timed-cache';
import type { Availability, ReservationService } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';

/** What a waiting room needs to know of the seats of its concert. */
export interface SeatsLeft {
  /** How many seats are free and how many are held; undefined while that is not known. */
  seats: { available: number; held: number } | undefined;
  /** No seat is free, and none can come back from a hold. */
  soldOut: boolean;
}

const unknown: SeatsLeft = { seats: undefined, soldOut: false };

/** Asks for the seats of a concert, at most twice a second each. Without an answer they are unknown, and nothing is bounded by them. */
export function createSeatsLeft(
  reservations: Pick<Client<typeof ReservationService>, 'getAvailability'>,
  log: Logger,
): (concertId: string) => Promise<SeatsLeft> {
  const load = async (concertId: string): Promise<SeatsLeft> => {
    try {
      const { items } = await reservations.getAvailability({ concertId, performanceIds: [] }, { timeoutMs: sideCallMs });
      return seatsLeft(items);
    } catch (error) {
      log.debug({ err: error }, 'the remaining seats are not known');
      return unknown;
    }
  };
  return createTimedCache({ ttlMs: 500, max: 10_000, load }).get;
}

export function seatsLeft(items: Pick<Availability, 'total' | 'available' | 'held'>[]): SeatsLeft {
  const sum = (key: 'total' | 'available' | 'held'): number => items.reduce((total, item) => total + item[key], 0);
  if (sum('total') === 0) return unknown;
  const seats = { available: sum('available'), held: sum('held') };
  return { seats, soldOut: seats.available === 0 && seats.held === 0 };
}
