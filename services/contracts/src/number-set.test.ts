import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NumberSet, noNumbers, numberSetSchema } from './number-set.ts';

const steps = fc.array(fc.tuple(fc.constantFrom('with', 'without', 'above'), fc.integer({ min: 0, max: 40 })), { maxLength: 60 });

function listOf(set: NumberSet): number[] {
  return set.ranges().flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index));
}

describe('a set of numbers', () => {
  it('holds what a plain set holds, whatever is done to it, and after it was stored', () => {
    fc.assert(
      fc.property(steps, fc.nat(41), fc.nat(41), (done, from, to) => {
        let plain = new Set<number>();
        let set = noNumbers;
        for (const [step, number] of done) {
          if (step === 'with') plain.add(number);
          else if (step === 'without') plain.delete(number);
          else plain = new Set([...plain].filter((other) => other > number));
          set = step === 'with' ? set.with(number) : step === 'without' ? set.without(number) : set.above(number);
        }
        const numbers = [...plain].sort((a, b) => a - b);
        for (const same of [set, numberSetSchema.parse(JSON.parse(JSON.stringify(set)))]) {
          expect(listOf(same)).toEqual(numbers);
          expect(same.count()).toBe(numbers.length);
          expect(same.count(from, to)).toBe(numbers.filter((number) => from <= number && number <= to).length);
          expect(same.has(from)).toBe(plain.has(from));
        }
      }),
    );
  });

  it('is the same object where nothing changes', () => {
    const set = noNumbers.with(7);
    expect(set.with(7)).toBe(set);
    expect(set.without(8)).toBe(set);
    expect(set.above(3)).toBe(set);
  });

  it('takes three bytes for a number at most when it is stored, and nothing for a stretch', () => {
    let scattered = noNumbers;
    for (let number = 0; number < 2_000; number += 2) scattered = scattered.with(number);
    expect(scattered.toJSON().length).toBeLessThanOrEqual(3_000);
    expect(NumberSet.parse(noNumbers.with(1_000_000).toJSON()).has(1_000_000)).toBe(true);
    let stretch = noNumbers;
    for (let number = 1; number <= 1_000; number += 1) stretch = stretch.with(number);
    expect(stretch.toJSON().length).toBeLessThanOrEqual(8);
  });
});
