import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';

/** One to `most` different positions of seats in the layout of a performance. */
export function seatPositions(most: number) {
  return z
    .array(
      z
        .int()
        .min(0)
        .max(limits.seats - 1),
    )
    .min(1)
    .max(most)
    .refine((positions) => new Set(positions).size === positions.length, 'Must not name a seat twice')
    .meta({ uniqueItems: true, description: 'Positions in the layout of the performance.' });
}
