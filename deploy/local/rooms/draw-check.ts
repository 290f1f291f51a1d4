import { createHash } from 'node:crypto';

/**
 * Places by join number, from 1. It shares no code with the product: it is the second opinion.
 * @param absent join numbers that take no part, from and to
 */
export function computePlaces(seed: Buffer, lastJoinNumber: number, absent: [number, number][] = []): Map<number, number> {
  const left = new Set(absent.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index)));
  const joinNumbers = Array.from({ length: lastJoinNumber }, (_, index) => index + 1).filter((joinNumber) => !left.has(joinNumber));
  const lots = joinNumbers.map((joinNumber) => {
    const number = Buffer.from(joinNumber.toString(16).padStart(8, '0'), 'hex');
    return {
      joinNumber,
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
  // Where some had left, a join number is not its rank.
  const inOrder = [...places.keys()].sort((a, b) => a - b);
  for (const [index, joinNumber] of inOrder.entries()) squares += ((places.get(joinNumber) ?? 0) - (index + 1)) ** 2;
  const correlation = 1 - (6 * squares) / (n * (n * n - 1));
  return { correlation, deviations: correlation * Math.sqrt(n - 1) };
}
