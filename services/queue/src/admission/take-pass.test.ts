import { describe, expect, it } from '@jest/globals';
import { letIn, limits, takeAll } from '../testing/test-line.ts';
import { release } from './release.ts';
import { endPlace, livePasses, nobodyServed, openCalls, passEnd, type Serving } from './serving.ts';
import { takePass } from './take-pass.ts';

const called: Serving = release(nobodyServed, { ...limits, capacity: 3 });
const take = (serving: Serving, position: number, now = 2_000): Serving => takePass(serving, position, { ...limits, capacity: 3, now });

describe('taking a pass', () => {
  it('is for who was called', () => {
    const taken = take(called, 2);
    expect(passEnd(taken, 2, 2_000)).toBe(602_000);
    expect([livePasses(taken, 2_000), openCalls(taken)]).toEqual([1, 2]);
    expect(take(called, 4)).toBe(called);
  });

  it('gives the same pass again, not a longer one', () => {
    const taken = take(called, 2);
    expect(take(taken, 2, 9_000)).toBe(taken);
  });

  it('is possible until the slot is given on, even after the time', () => {
    expect(passEnd(take(called, 1, limits.now + limits.noShowMs + 1), 1, 60_000)).toBeDefined();
  });

  it('is a turn at the front while the shop is full, the lowest place first', () => {
    const full = {
      ...letIn(nobodyServed, { capacity: 3 }),
      serving: 6,
      calls: [{ from: 4, to: 6, calledAt: 0, takeBy: 99_000, settled: [] }],
    };
    const waiting = take(take(full, 6), 4);
    expect(waiting.front).toEqual([4, 6]);
    expect(livePasses(waiting, 2_000)).toBe(3);
    expect(take(waiting, 6)).toBe(waiting);
    const freed = endPlace(waiting, { joinNumber: 1, position: 1, how: 'paid' });
    expect(take(freed, 6)).toBe(freed);
    expect(passEnd(take(freed, 4), 4, 2_000)).toBeDefined();
    // Whoever is called must not pass those at the front by either.
    expect(take(freed, 5).front).toEqual([4, 5, 6].filter((place) => place !== 5 || passEnd(take(freed, 5), 5, 2_000) === undefined));
  });

  it('is a turn at the front for who missed the call, while the grace lasts', () => {
    const missed = release(called, { ...limits, capacity: 3, now: limits.now + limits.noShowMs });
    const back = take(missed, 1, 60_000);
    expect(back.front).toEqual([1]);
    const slots = release(endPlace(takeAll(back, 4, 6), { joinNumber: 5, position: 5, how: 'left' }), {
      ...limits,
      capacity: 3,
      now: 61_000,
    });
    expect(slots.calls.at(-1)).toMatchObject({ from: 1, to: 1 });
    const late = release(missed, { ...limits, capacity: 3, now: limits.now + limits.noShowMs + limits.graceMs + 10_000 });
    expect(take(late, 1, 900_000)).toBe(late);
  });

  it('gives nothing where the capacity is taken away meanwhile', () => {
    const none = takePass(called, 1, { ...limits, capacity: 0 });
    expect(livePasses(none, 2_000)).toBe(0);
    expect(none.front).toEqual([1]);
  });
});
