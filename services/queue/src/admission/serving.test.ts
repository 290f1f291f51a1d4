import { describe, expect, it } from '@jest/globals';
import { release } from './release.ts';
import { activeCount, endPlace, mayHaveLeft, nobodyServed, noShowRate, rateAfterRelease, releaseRate } from './serving.ts';

const limits = { tail: 10, capacity: 10, passTtlMs: 60_000, remainingSeats: undefined, now: 0 };

describe('the end of a place', () => {
  it('counts once, however often it is written', () => {
    const once = endPlace(release(nobodyServed, limits), { position: 4, how: 'paid' });
    expect(activeCount(once, 1)).toBe(9);
    expect(endPlace(once, { position: 4, how: 'paid' })).toBe(once);
  });

  it('frees no slot for a place that was not let in', () => {
    const serving = endPlace(release(nobodyServed, { ...limits, capacity: 3 }), { position: 9, how: 'left' });
    expect(activeCount(serving, 1)).toBe(3);
  });
});

describe('the no-show rate', () => {
  it('is the share of ended passes that ran out', () => {
    const serving = [1, 2, 3].reduce((state, position) => endPlace(state, { position, how: 'paid' }), release(nobodyServed, limits));
    expect(noShowRate(nobodyServed, 0)).toBe(0);
    expect(noShowRate(serving, 1)).toBe(0);
    expect(noShowRate(serving, 100_000)).toBeCloseTo(0.7);
  });
});

describe('the release rate', () => {
  it('settles at the true rate and fades when nobody is let in', () => {
    let serving = nobodyServed;
    for (let now = 0; now < 600_000; now += 500) serving = { ...serving, rate: rateAfterRelease(serving, 5, now) };
    expect(releaseRate(serving, 600_000)).toBeCloseTo(10, 0);
    expect(releaseRate(serving, 900_000)).toBeLessThan(0.1);
  });
});

describe('remembered places', () => {
  it('are doubted only when they may have been left since', () => {
    const serving = [5, 6, 7].reduce((state, position) => endPlace(state, { position, how: 'left' }), nobodyServed);
    expect(mayHaveLeft(serving, 5, 3)).toBe(false);
    expect(mayHaveLeft(serving, 5, 1)).toBe(false);
    expect(mayHaveLeft(serving, 6, 1)).toBe(true);
    expect(mayHaveLeft(serving, 1, 4)).toBe(true);
    const many = Array.from({ length: 2_001 }, (_, index) => index + 10).reduce(
      (state, position) => endPlace(state, { position, how: 'left' }),
      serving,
    );
    expect(mayHaveLeft(many, 9_999, 3)).toBe(true);
  });
});
