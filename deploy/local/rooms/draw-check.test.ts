import { describe, expect, it } from '@jest/globals';
import { computePlaces, correlationOf } from './draw-check.ts';

const seed = Buffer.alloc(32, 7);

describe('checking a draw', () => {
  it('gives each place once', () => {
    const places = computePlaces(seed, 500);
    expect([...places.values()].sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
  });

  it('gives no place to who had left', () => {
    const places = computePlaces(seed, 6, [
      [1, 1],
      [3, 4],
    ]);
    expect([...places.keys()].sort((a, b) => a - b)).toEqual([2, 5, 6]);
    expect([...places.values()].sort((a, b) => a - b)).toEqual([1, 2, 3]);
  });

  it('knows an order from chance', () => {
    const inOrder = new Map(Array.from({ length: 100 }, (_, index) => [index + 1, index + 1]));
    const reversed = new Map([...inOrder].map(([joinNumber]) => [joinNumber, 101 - joinNumber]));
    expect(correlationOf(inOrder).correlation).toBe(1);
    expect(correlationOf(reversed).correlation).toBe(-1);
    expect(Math.abs(correlationOf(computePlaces(seed, 2_000)).deviations)).toBeLessThan(5);
    expect(correlationOf(computePlaces(seed, 1))).toEqual({ correlation: 0, deviations: 0 });
  });
});
