import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { noPasses, Passes, passesSchema } from './passes.ts';

const step = fc.tuple(fc.constantFrom('with', 'without', 'at'), fc.integer({ min: 1, max: 30 }), fc.nat(2_000_000_000_000));

describe('the passes of a room', () => {
  it('are what a plain map holds, whatever is done to them, and after they were stored', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(2_000_000_000_000), (steps, now) => {
        let plain = new Map<number, number>();
        let passes = noPasses;
        for (const [done, position, end] of steps) {
          if (done === 'with') plain.set(position, end);
          else if (done === 'without') plain.delete(position);
          else plain = new Map([...plain].filter(([, other]) => other > end));
          passes = done === 'with' ? passes.with(position, end) : done === 'without' ? passes.without(position) : passes.at(end);
        }
        const pairs = [...plain].sort(([a], [b]) => a - b);
        const stored = JSON.parse(JSON.stringify(passes));
        for (const same of [passes, passesSchema.parse(stored), passesSchema.parse(pairs)]) {
          expect([...same]).toEqual(pairs);
          expect(same.count).toBe(pairs.length);
          expect(same.countAt(now)).toBe(pairs.filter(([, end]) => end > now).length);
          expect(same.firstEnd()).toBe(Math.min(...plain.values()));
          for (let position = 1; position <= 30; position += 1) expect(same.endOf(position)).toBe(plain.get(position));
        }
      }),
    );
  });

  it('are the same object where nothing changes', () => {
    const passes = noPasses.with(7, 1_000);
    expect(passes.without(8)).toBe(passes);
    expect(passes.at(999)).toBe(passes);
  });

  it('take a few bytes each when they are stored', () => {
    const begun = 1_800_000_000_000;
    const passes = Passes.of(Array.from({ length: 2_000 }, (_, index) => [index + 1, begun + index * 37]));
    expect(passes.toJSON().length).toBeLessThanOrEqual(2_000 * 4);
  });
});
