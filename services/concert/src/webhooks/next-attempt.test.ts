import { describe, expect, it } from '@jest/globals';
import { restSeconds, waitSeconds } from './next-attempt.ts';

const hour = 3_600;

describe('waitSeconds', () => {
  it.each([
    [1, 5],
    [2, 20],
    [3, 80],
    [6, 5_120],
    [7, 4 * hour],
    [1_000, 4 * hour],
  ])('after %i attempts is about %i', (attempts, seconds) => {
    expect(waitSeconds(attempts, 0.5)).toBe(seconds);
    expect([waitSeconds(attempts, 0), waitSeconds(attempts, 1)]).toEqual([seconds * 0.75, seconds * 1.25]);
  });

  it('leaves ten attempts or more in a day', () => {
    const waits = Array.from({ length: 10 }, (_, index) => waitSeconds(index + 1, 1));
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThan(30 * hour);
  });
});

describe('restSeconds', () => {
  it('doubles up to five minutes', () => {
    expect([1, 2, 3, 9, 10, 2_000].map((failures) => restSeconds(failures, 0.5))).toEqual([1, 2, 4, 256, 300, 300]);
  });
});
