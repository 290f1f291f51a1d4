import { z } from 'zod';
import { decodeNumbers, encodeNumbers } from './number-codec.ts';

/**
 * A set of whole numbers from 0, kept as the numbers at which membership changes: a stretch costs as much as a single number. Stored as
 * the distances between them, in base 64: two or three bytes for each. It never changes; what changes it gives another one.
 */
export class NumberSet {
  readonly #edges: readonly number[];
  /** How many are in the set before each edge; counted when it is first asked for. */
  #counts: number[] | undefined;

  private constructor(edges: readonly number[]) {
    this.#edges = edges;
  }

  static parse(text: string): NumberSet {
    let edge = 0;
    return new NumberSet(decodeNumbers(text).map((distance) => (edge += distance)));
  }

  toJSON(): string {
    return encodeNumbers(this.#edges.map((edge, index) => edge - (this.#edges[index - 1] ?? 0)));
  }

  has(number: number): boolean {
    return this.#edgesUpTo(number) % 2 === 1;
  }

  /** How many are in the set, from one number to another, both included. */
  count(from = 0, to = Number.MAX_SAFE_INTEGER): number {
    return from > to ? 0 : this.#countBelow(to + 1) - this.#countBelow(from);
  }

  with(number: number): NumberSet {
    return this.has(number) ? this : this.#toggled(number);
  }

  without(number: number): NumberSet {
    return this.has(number) ? this.#toggled(number) : this;
  }

  /** Those that are larger. */
  above(number: number): NumberSet {
    const passed = this.#edgesUpTo(number + 1);
    if (passed === 0) return this;
    const rest = this.#edges.slice(passed);
    return new NumberSet(passed % 2 === 1 ? [number + 1, ...rest] : rest);
  }

  /** The stretches of the set, both ends included. */
  ranges(): [from: number, to: number][] {
    return Array.from({ length: this.#edges.length / 2 }, (_, index) => [this.#edge(2 * index), this.#edge(2 * index + 1) - 1]);
  }

  #edge(index: number): number {
    return this.#edges[index] ?? Number.POSITIVE_INFINITY;
  }

  /** How many edges are not behind a number. */
  #edgesUpTo(number: number): number {
    let [low, high] = [0, this.#edges.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#edge(middle) <= number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #countBelow(number: number): number {
    const passed = this.#edgesUpTo(number - 1);
    const counts = (this.#counts ??= this.#countEdges());
    const whole = counts[passed - 1] ?? 0;
    return passed % 2 === 1 ? whole + number - this.#edge(passed - 1) : whole;
  }

  #countEdges(): number[] {
    let count = 0;
    return this.#edges.map((edge, index) => (index % 2 === 1 ? (count += edge - this.#edge(index - 1)) : count));
  }

  // Membership changes at the number and behind it: an edge that is there goes, one that is not comes.
  #toggled(number: number): NumberSet {
    const at = this.#edgesUpTo(number - 1);
    const had = [number, number + 1].filter((edge) => this.#edge(at) === edge || this.#edge(at + 1) === edge);
    const has = [number, number + 1].filter((edge) => !had.includes(edge));
    return new NumberSet([...this.#edges.slice(0, at), ...has, ...this.#edges.slice(at + had.length)]);
  }
}

export const noNumbers = NumberSet.parse('');

/** A set as it is stored. */
export const numberSetSchema = z.string().transform((text) => NumberSet.parse(text));
