import { decodeNumbers, encodeNumbers } from '@ticketing/contracts/number-codec';
import { z } from 'zod';

type Pass = [position: number, expiresAt: number];

/**
 * The passes of a room: positions, each with the end of its pass in milliseconds since 1970. Stored as the distances between neighbours, which
 * takes a few bytes for a pass. It never changes; what changes it gives another one.
 */
export class Passes {
  readonly #positions: readonly number[];
  readonly #ends: readonly number[];

  private constructor(positions: readonly number[], ends: readonly number[]) {
    this.#positions = positions;
    this.#ends = ends;
  }

  static of(passes: Iterable<Pass>): Passes {
    const sorted = [...new Map(passes)].sort(([a], [b]) => a - b);
    return new Passes(
      sorted.map(([position]) => position),
      sorted.map(([, end]) => end),
    );
  }

  static parse(text: string): Passes {
    const numbers = decodeNumbers(text);
    const [positions, ends]: [number[], number[]] = [[], []];
    let [position, end] = [0, 0];
    for (let index = 0; index + 1 < numbers.length; index += 2) {
      position += numbers[index] ?? 0;
      end += signed(numbers[index + 1] ?? 0);
      positions.push(position);
      ends.push(end);
    }
    return new Passes(positions, ends);
  }

  toJSON(): string {
    const numbers: number[] = [];
    let [lastPosition, lastEnd] = [0, 0];
    for (const [position, end] of this) {
      numbers.push(position - lastPosition, unsigned(end - lastEnd));
      [lastPosition, lastEnd] = [position, end];
    }
    return encodeNumbers(numbers);
  }

  get count(): number {
    return this.#positions.length;
  }

  *[Symbol.iterator](): Generator<Pass> {
    for (const [index, position] of this.#positions.entries()) yield [position, this.#end(index)];
  }

  endOf(position: number): number | undefined {
    const at = this.#indexOf(position);
    return this.#positions[at] === position ? this.#ends[at] : undefined;
  }

  /** When the first of them ends; Infinity without any. */
  firstEnd(): number {
    return this.#ends.reduce((first, end) => Math.min(first, end), Infinity);
  }

  /** How many are good at a moment. */
  countAt(now: number): number {
    return this.#ends.reduce((count, end) => (end > now ? count + 1 : count), 0);
  }

  with(position: number, end: number): Passes {
    const others = this.without(position);
    const at = others.#indexOf(position);
    return new Passes(others.#positions.toSpliced(at, 0, position), others.#ends.toSpliced(at, 0, end));
  }

  without(position: number): Passes {
    const at = this.#indexOf(position);
    return this.#positions[at] === position ? new Passes(this.#positions.toSpliced(at, 1), this.#ends.toSpliced(at, 1)) : this;
  }

  /** Those that are good at a moment. */
  at(now: number): Passes {
    return this.countAt(now) === this.count ? this : Passes.of([...this].filter(([, end]) => end > now));
  }

  #end(index: number): number {
    return this.#ends[index] ?? 0;
  }

  /** The index of the first position that is not before this one. */
  #indexOf(position: number): number {
    let [low, high] = [0, this.#positions.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#positions[middle] ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function unsigned(number: number): number {
  return number < 0 ? -2 * number - 1 : 2 * number;
}

function signed(number: number): number {
  return number % 2 === 1 ? -(number + 1) / 2 : number / 2;
}

export const noPasses = Passes.of([]);

/** Passes as they are stored; a list of pairs is how they were before. */
export const passesSchema = z.union([
  z.string().transform((text) => Passes.parse(text)),
  z.array(z.tuple([z.int().positive(), z.int()])).transform((pairs) => Passes.of(pairs)),
]);
