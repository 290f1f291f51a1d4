import { describe, expect, it } from '@jest/globals';
import { mayHaveLeft, rateAfterRelease, releaseRate } from '@ticketing/contracts/standing';
import { letIn, limits, stored } from '../testing/test-line.ts';
import { giveSlotsOn } from './release.ts';
import { countMissed, countTaken, endPlace, expectedComers, livePasses, nobodyServed, openCalls, type Serving } from './serving.ts';

const leave = (position: number) => ({ joinNumber: position, position, how: 'left' as const });
const pay = (position: number) => ({ joinNumber: position, position, how: 'paid' as const });

const comeTimes = (serving: Serving, people: number): Serving =>
  Array.from({ length: people }).reduce<Serving>((state) => countTaken(state, 2_000), serving);

describe('the end of a place', () => {
  it('frees its slot once, however often it is written', () => {
    const once = endPlace(letIn(nobodyServed, { capacity: 10 }), pay(4));
    expect(livePasses(once, 1)).toBe(9);
    expect(once.ended.paid).toBe(1);
    expect(endPlace(stored(once), pay(4))).toEqual(once);
  });

  it('frees no slot for a place that was not let in', () => {
    const serving = endPlace(letIn(nobodyServed, { capacity: 3 }), leave(9));
    expect(livePasses(serving, 1)).toBe(3);
    expect(serving.ended.left).toBe(0);
  });

  it('settles a call whose owner leaves without having come', () => {
    const called = { ...nobodyServed, serving: 2, calls: [{ from: 1, to: 2, calledAt: 0, takeBy: 9_000, settled: [] }] };
    expect(openCalls(endPlace(called, leave(1)))).toBe(1);
    expect(endPlace(endPlace(called, leave(1)), leave(2)).calls).toEqual([]);
  });
});

describe('the no-show rate', () => {
  it('settles at the true share, and follows when it changes', () => {
    let serving = nobodyServed;
    for (let turn = 0; turn < 500; turn += 1) serving = countMissed(comeTimes(serving, 7), 3);
    expect(serving.noShowRate).toBeCloseTo(0.3, 1);
    for (let turn = 0; turn < 500; turn += 1) serving = comeTimes(serving, 10);
    expect(serving.noShowRate).toBeLessThan(0.01);
  });

  it('is not thrown off by the first few', () => {
    expect(countMissed(nobodyServed, 1).noShowRate).toBeLessThan(0.1);
  });

  it('counts who was called and has not come by the time', () => {
    const called = {
      ...nobodyServed,
      serving: 10,
      calls: [{ from: 1, to: 10, calledAt: 0, takeBy: 5_000, settled: [1, 2, 3, 4, 5, 6, 7] }],
    };
    expect(giveSlotsOn(called, { graceMs: limits.graceMs, now: 4_999 })).toBe(called);
    expect(giveSlotsOn(called, { graceMs: limits.graceMs, now: 5_000 }).ended.missed).toBe(3);
  });
});

describe('who is called and has not come yet', () => {
  const called = { ...nobodyServed, serving: 10, calls: [{ from: 1, to: 10, calledAt: 0, takeBy: 45_000, settled: [1, 2] }] };

  it('is waited for to the end, where everybody has come so far', () => {
    expect(expectedComers(called, 44_999)).toBe(8);
  });

  it('counts for less the longer it lasts, where some do not come', () => {
    const experienced = { ...called, noShowRate: 0.3, comingMs: 2_000 };
    expect(expectedComers(experienced, 0)).toBeCloseTo(5.6);
    expect(expectedComers(experienced, 4_000)).toBeCloseTo(1.92, 1);
    expect(expectedComers(experienced, 20_000)).toBeLessThan(0.01);
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
    const serving = [5, 6, 7].reduce((state, position) => endPlace(state, leave(position)), nobodyServed);
    expect(mayHaveLeft(serving, 5, 3)).toBe(false);
    expect(mayHaveLeft(serving, 5, 1)).toBe(false);
    expect(mayHaveLeft(serving, 6, 1)).toBe(true);
    expect(mayHaveLeft(serving, 1, 4)).toBe(true);
    const many = Array.from({ length: 2_001 }, (_, index) => index + 10).reduce(
      (state, position) => endPlace(state, leave(position)),
      serving,
    );
    expect(mayHaveLeft(many, 9_999, 3)).toBe(true);
  });
});
