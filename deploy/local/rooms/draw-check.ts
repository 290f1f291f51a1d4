import { createHash } from 'node:crypto';

/** Places by join number, from 1. It shares no code with the product: it is the second opinion. */
export function computePlaces(seed: Buffer, size: number): Map<number, number> {
  const lots = Array.from({ length: size }, (_, index) => {
    const number = Buffer.from((index + 1).toString(16).padStart(8, '0'), 'hex');
    return {
      joinNumber: index + 1,
      lot: createHash('sha256')
        .update(Buffer.concat([seed, number]))
        .digest('hex'),
    };
  });
  lots.sort((a, b) => (a.lot < b.lot ? -1 : 1));
  return new Map(lots.map(({ joinNumber }, index) => [joinNumber, index + 1]));
}

/** Spearman's rank correlation of join number and place, and how many standard deviations it is from none. */
export function correlationOf(places: Map<number, number>): { correlation: number; deviations: number } {
  const n = places.size;
  if (n < 2) return { correlation: 0, deviations: 0 };
  let squares = 0;
  for (const [joinNumber, place] of places) squares += (place - joinNumber) ** 2;
  const correlation = 1 - (6 * squares) / (n * (n * n - 1));
  return { correlation, deviations: correlation * Math.sqrt(n - 1) };
}
