import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { letIn, limits, stored, takeAll } from '../testing/test-line.ts';
import { release } from './release.ts';
import { countWaiting, endPlace, isCalled, livePasses, nobodyServed, openCalls, passEnd, type Serving } from './serving.ts';
import { takePass } from './take-pass.ts';

const end = (serving: Serving, position: number, how: 'paid' | 'left') => endPlace(serving, { joinNumber: position, position, how });

describe('a release', () => {
  it('fills the capacity and no more', () => {
    const full = release(nobodyServed, limits);
    expect(full.serving).toBe(50);
    expect(release(full, { ...limits, now: 2_000 })).toBe(full);
    const inside = takeAll(full, 1, 50);
    expect(release(inside, { ...limits, now: 2_000 })).toBe(inside);
  });

  it('calls no more than wait, and none where there is no slot', () => {
    expect(release(nobodyServed, { ...limits, tail: 3 }).serving).toBe(3);
    expect(release(nobodyServed, { ...limits, capacity: 0 })).toBe(nobodyServed);
  });

  it('lets in so many per seat that is left, however often it is asked, and nobody while all are taken', () => {
    const few = { ...limits, seats: { available: 3, held: 1 }, overbooking: 2 };
    const called = letIn(nobodyServed, few);
    expect(called.serving).toBe(8);
    expect(release(called, { ...few, now: 2_000 })).toBe(called);
    expect(release(nobodyServed, { ...few, seats: { available: 0, held: 0 } })).toBe(nobodyServed);
    expect(release(nobodyServed, { ...few, seats: { available: 0, held: 4 } })).toBe(nobodyServed);
    // A hold has run out.
    expect(release(nobodyServed, { ...few, seats: { available: 1, held: 3 } }).serving).toBe(8);
  });

  it('calls nobody when the capacity was lowered below those inside', () => {
    const full = letIn(nobodyServed);
    expect(release(full, { ...limits, capacity: 10 })).toBe(full);
  });

  it('gives a slot on when its pass was paid with, given up or has run out', () => {
    let serving = letIn(nobodyServed);
    serving = end(end(serving, 3, 'paid'), 9, 'left');
    serving = letIn(serving, { now: 100_000 });
    expect(serving.serving).toBe(52);
    const later = release(serving, { ...limits, now: 601_000 });
    expect(later.serving).toBe(52 + 48);
    expect(later.ended).toEqual({ taken: 52, missed: 0, paid: 1, left: 1, expired: 48 });
  });

  it('gives the slots of those on who do not come, and lets them come back to the front', () => {
    const called = takeAll(release(nobodyServed, limits), 1, 35);
    expect(release(called, { ...limits, now: 45_999 }).serving).toBe(50);
    const given = release(called, { ...limits, now: 46_000 });
    expect(given.serving).toBeGreaterThanOrEqual(65);
    expect(given.ended.missed).toBe(15);
    expect(takePass(given, 36, { ...limits, now: 47_000 }).front).toEqual([36]);
  });

  it('calls more than there are slots when some are known not to come, and yet fills no slot twice', () => {
    const experienced: Serving = { ...nobodyServed, noShowRate: 0.5, ended: { ...nobodyServed.ended, taken: 100, missed: 100 } };
    const called = release(experienced, limits);
    expect(called.serving).toBe(100);
    const all = takeAll(called, 1, 100);
    expect(livePasses(all, limits.now)).toBe(50);
    expect(all.front).toHaveLength(50);
  });

  it('calls those at the front before the line', () => {
    const full = takeAll(
      { ...letIn(nobodyServed), serving: 60, calls: [{ from: 51, to: 60, calledAt: 0, takeBy: 99_000, settled: [] }] },
      51,
      60,
    );
    expect(full.front).toHaveLength(10);
    const freed = [1, 2, 3].reduce((serving, position) => end(serving, position, 'paid'), full);
    const next = release(freed, { ...limits, now: 5_000 });
    expect(next.serving).toBe(60);
    expect([51, 52, 53].map((position) => isCalled(next, position))).toEqual([true, true, true]);
  });

  it('takes no slot for somebody who left while waiting', () => {
    const called = release(end(nobodyServed, 7, 'left'), limits);
    expect(called.serving).toBe(51);
    expect(openCalls(called)).toBe(50);
    expect(isCalled(called, 7)).toBe(false);
    expect(called.gone.count()).toBe(0);
  });

  it('calls as many as there are slots, whoever has left, and knows of nobody who left and was not passed yet', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { maxLength: 400 }),
        fc.integer({ min: 1, max: 60 }),
        (left, capacity) => {
          const waiting = left.reduce((serving, position) => end(serving, position, 'left'), nobodyServed);
          const called = stored(release(waiting, { ...limits, tail: 400, capacity }));
          const live = Array.from({ length: 400 }, (_, index) => index + 1).filter((position) => !left.includes(position));
          expect(live.filter((position) => isCalled(called, position))).toEqual(live.slice(0, capacity));
          expect(openCalls(called)).toBe(Math.min(capacity, live.length));
          expect(countWaiting(called, 400)).toBe(Math.max(0, live.length - capacity));
          expect(called.gone.ranges().every(([from]) => from > called.serving)).toBe(true);
        },
      ),
    );
  });

  it('parts a call at a long gap, and remembers none of those in it', () => {
    const waiting = Array.from({ length: 300 }, (_, index) => index + 4).reduce(
      (serving, position) => end(serving, position, 'left'),
      nobodyServed,
    );
    const called = release(waiting, { ...limits, capacity: 5 });
    expect(called.calls).toMatchObject([
      { from: 1, to: 3, settled: [] },
      { from: 304, to: 305, settled: [] },
    ]);
  });

  it('keeps the state small in a long sale where a third never comes', () => {
    let serving = nobodyServed;
    for (let turn = 0; turn < 3_000; turn += 1) {
      const now = turn * 500;
      const before = serving.serving;
      serving = release(serving, { ...limits, tail: 1_000_000, now });
      for (let place = before + 1; place <= serving.serving; place += 1)
        if (place % 3 > 0) serving = end(takePass(serving, place, { ...limits, now }), place, 'paid');
    }
    expect(serving.serving).toBeGreaterThan(20_000);
    expect(serving.graces.length).toBeLessThanOrEqual(70);
    expect(JSON.stringify(serving).length).toBeLessThan(40_000);
  });
});

type Step =
  | { kind: 'join'; people: number }
  | { kind: 'wait'; ms: number }
  | { kind: 'take'; pick: number }
  | { kind: 'end'; pick: number; how: 'paid' | 'left' }
  | { kind: 'release'; seats: number | undefined; capacity: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('join' as const), people: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 40_000 }) }),
  fc.record({ kind: fc.constant('take' as const), pick: fc.nat() }),
  fc.record({ kind: fc.constant('end' as const), pick: fc.nat(), how: fc.constantFrom('paid' as const, 'left' as const) }),
  fc.record({
    kind: fc.constant('release' as const),
    seats: fc.option(fc.nat(100), { nil: undefined }),
    capacity: fc.constantFrom(20, 40),
  }),
);

describe('any history of a room', () => {
  it('never has more live passes than the capacity, never goes back, and gives each place one pass at most', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), fc.integer({ min: 1_000, max: 60_000 }), (steps, passTtlMs) => {
        let [serving, tail, now, capacity] = [nobodyServed, 0, 1_000, 40];
        for (const action of steps) {
          const before = serving;
          const position = 'pick' in action && tail > 0 ? 1 + (action.pick % tail) : 1;
          if (action.kind === 'join') tail += action.people;
          if (action.kind === 'wait') now += action.ms;
          if (action.kind === 'take') serving = takePass(serving, position, { capacity, passTtlMs, now });
          if (action.kind === 'end' && tail > 0) serving = end(serving, position, action.how);
          if (action.kind === 'release') {
            const seats = action.seats === undefined ? undefined : { available: action.seats, held: 0 };
            serving = release(serving, { ...limits, tail, capacity, seats, now });
            capacity = action.capacity;
          }
          const grown = livePasses(serving, now) > livePasses(before, now);
          expect(serving.serving).toBeGreaterThanOrEqual(before.serving);
          expect(serving.serving).toBeLessThanOrEqual(tail);
          if (grown) expect(livePasses(serving, now)).toBeLessThanOrEqual(capacity);
          expect([...serving.passes].every(([place]) => place <= serving.serving)).toBe(true);
          expect(stored(serving)).toEqual(serving);
        }
      }),
    );
  });

  it('would let in more than the capacity if taking did not look at it', () => {
    const everybody = takeAll(release({ ...nobodyServed, noShowRate: 0.5 }, limits), 1, 100, { capacity: Number.POSITIVE_INFINITY });
    expect(livePasses(everybody, limits.now)).toBeGreaterThan(limits.capacity);
    expect(passEnd(everybody, 100, limits.now)).toBeDefined();
  });
});
