/** A set of whole numbers as stretches, in ascending order: `from` is in it, `to` is not. */
export type NumberRanges = readonly { from: number; to: number }[];

/** Reads numbers as the waiting rooms keep them: in base 64, seven bits a byte and the low ones first. */
export function readNumbers(text: string): number[] {
  const numbers: number[] = [];
  let [number, factor] = [0, 1];
  for (const byte of Buffer.from(text, 'base64')) {
    number += (byte % 128) * factor;
    factor *= 128;
    if (byte >= 128) continue;
    numbers.push(number);
    [number, factor] = [0, 1];
  }
  return numbers;
}

/**
 * Reads a set as the waiting rooms keep it: the distances between the numbers at which membership changes. A last stretch without an end is
 * not allowed.
 */
export function readNumberRanges(text: string): NumberRanges {
  let edge = 0;
  const edges = readNumbers(text).map((distance) => (edge += distance));
  if (edges.length % 2 !== 0) throw new Error('a set of numbers has no end');
  return edges.flatMap((from, index) => (index % 2 === 0 ? [{ from, to: edges[index + 1] ?? from }] : []));
}

/** How many of the set are not larger. */
export function countUpTo(ranges: NumberRanges, last: number): number {
  return ranges.reduce((sum, { from, to }) => sum + Math.max(0, Math.min(to, last + 1) - from), 0);
}

export function isInRanges(ranges: NumberRanges, number: number): boolean {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((ranges[middle]?.to ?? 0) <= number) low = middle + 1;
    else high = middle;
  }
  return (ranges[low]?.from ?? Number.POSITIVE_INFINITY) <= number;
}
