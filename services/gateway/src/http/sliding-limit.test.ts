import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSlidingLimit } from './sliding-limit.ts';

/** A limit, and how many of so many requests at a time it lets through. */
function limitAt(most: number) {
  let time = 0;
  const { take } = createSlidingLimit({ most, now: () => time });
  return (at: number, requests: number, key = 'a'): number => {
    time = at;
    return Array.from({ length: requests }, () => take(key)).filter(Boolean).length;
  };
}

describe('a sliding limit', () => {
  it('lets the most through in a second, and again when that second is over', () => {
    const passed = limitAt(10);
    expect([passed(100, 30), passed(900, 30), passed(2_100, 30)]).toEqual([10, 0, 10]);
  });

  it('does not let twice as many through around the turn of a second', () => {
    const passed = limitAt(10);
    expect([passed(999, 30), passed(1_000, 30), passed(1_500, 30), passed(1_900, 30)]).toEqual([10, 0, 5, 4]);
  });

  it('counts each key for itself', () => {
    const passed = limitAt(10);
    expect([passed(0, 30, 'a'), passed(0, 30, 'b')]).toEqual([10, 10]);
  });

  it('never lets more than the most through within a second of its own', () => {
    const bursts = fc.array(fc.record({ after: fc.integer({ min: 0, max: 700 }), requests: fc.integer({ min: 0, max: 20 }) }));
    fc.assert(
      fc.property(bursts, fc.integer({ min: 1, max: 10 }), (all, most) => {
        const passed = limitAt(most);
        const seconds = new Map<number, number>();
        let at = 0;
        for (const { after, requests } of all) {
          at += after;
          const second = Math.floor(at / 1_000);
          seconds.set(second, (seconds.get(second) ?? 0) + passed(at, requests));
        }
        expect(Math.max(0, ...seconds.values())).toBeLessThanOrEqual(most);
      }),
    );
  });
});
