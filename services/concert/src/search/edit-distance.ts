/** Which letters a word has, each as one of 32 bits. */
export function lettersIn(word: string): number {
  let bits = 0;
  for (const letter of word) bits |= 1 << ((letter.codePointAt(0) ?? 0) % 32);
  return bits;
}

/** True only for words that are more edits apart: one edit takes no more than one letter away and adds no more than one. */
export function areFar(one: number, other: number, edits: number): boolean {
  let differing = one ^ other;
  let count = 0;
  for (; differing !== 0 && count <= 2 * edits; count += 1) differing &= differing - 1;
  return count > 2 * edits;
}

/**
 * How many letters must be put in, left out, replaced or swapped with their neighbour to make one word of the other.
 * @param most more than this is not counted: the answer is then Infinity
 */
export function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return Infinity;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        (last[column] ?? Infinity) + 1,
        (current[column - 1] ?? Infinity) + 1,
        (last[column - 1] ?? Infinity) + (same ? 0 : 1),
        swapped ? (before[column - 2] ?? Infinity) + 1 : Infinity,
      );
    }
    if (Math.min(...current) > most) return Infinity;
    [before, last] = [last, current];
  }
  const edits = last[b.length] ?? Infinity;
  return edits <= most ? edits : Infinity;
}
