import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ReleaseLimits, release } from './release.ts';
import { activeCount, countOutcomes, endPlace, liveBatch, nobodyServed, type Serving } from './serving.ts';

const limits: ReleaseLimits = { tail: 1_000, capacity: 50, passTtlMs: 600_000, remainingSeats: undefined, now: 1_000 };

describe('a release', () => {
  it('fills the capacity and no more', () => {
    const full = release(nobodyServed, limits);
    expect(full.serving).toBe(50);
    expect(release(full, { ...limits, now: 2_000 })).toBe(full);
  });

  it('lets in no more than wait and than seats remain', () => {
    expect(release(nobodyServed, { ...limits, tail: 3 }).serving).toBe(3);
    expect(release(nobodyServed, { ...limits, remainingSeats: 4 }).serving).toBe(4);
    expect(release(nobodyServed, { ...limits, remainingSeats: 0 })).toBe(nobodyServed);
  });

  it('lets nobody in when the capacity was lowered below those inside', () => {
    const full = release(nobodyServed, limits);
    expect(release(full, { ...limits, capacity: 10 })).toBe(full);
  });

  it('gives a slot on when its pass was paid for, left or has run out', () => {
    let serving = release(nobodyServed, limits);
    serving = endPlace(endPlace(serving, { position: 3, how: 'paid' }), { position: 9, how: 'left' });
    serving = release(serving, { ...limits, now: 100_000 });
    expect(serving.serving).toBe(52);
    const later = release(serving, { ...limits, now: 605_000 });
    expect(later.serving).toBe(52 + 48);
    expect(later.past).toEqual({ paid: 1, left: 1, expired: 48 });
  });

  it('takes no slot for somebody who left while waiting', () => {
    const serving = release(endPlace(nobodyServed, { position: 7, how: 'left' }), limits);
    expect(activeCount(serving, limits.now)).toBe(49);
  });
});

type Step =
  | { kind: 'join'; people: number }
  | { kind: 'wait'; ms: number }
  | { kind: 'end'; pick: number; how: 'paid' | 'left' }
  | { kind: 'release'; seats: number | undefined };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('join' as const), people: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 20_000 }) }),
  fc.record({ kind: fc.constant('end' as const), pick: fc.nat(), how: fc.constantFrom('paid' as const, 'left' as const) }),
  fc.record({ kind: fc.constant('release' as const), seats: fc.option(fc.nat(100), { nil: undefined }) }),
);

/** Recounts the live passes from single places, without looking at the batches' counts. */
function livePasses(serving: Serving, ended: Set<number>, now: number): number {
  return Array.from({ length: serving.serving }, (_, index) => index + 1).filter(
    (position) => !ended.has(position) && liveBatch(serving, position, now),
  ).length;
}

describe('any history of a room', () => {
  it('never has more live passes than the capacity, never goes back and stays consistent', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 120 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1_000, max: 60_000 }),
        (steps, capacity, passTtlMs) => {
          let [serving, tail, now] = [nobodyServed, 0, 1_000];
          const ended = new Set<number>();
          for (const action of steps) {
            const before = serving;
            if (action.kind === 'join') tail += action.people;
            if (action.kind === 'wait') now += action.ms;
            if (action.kind === 'release') serving = release(serving, { tail, capacity, passTtlMs, remainingSeats: action.seats, now });
            if (action.kind === 'end' && tail > 0) {
              const position = 1 + (action.pick % tail);
              // A place ends once; only the write of that end may be repeated.
              if (!ended.has(position)) serving = endPlace(serving, { position, how: action.how });
              serving = endPlace(serving, { position, how: action.how });
              ended.add(position);
            }
            expect(serving.serving).toBeGreaterThanOrEqual(before.serving);
            expect(serving.serving).toBeLessThanOrEqual(tail);
            expect(livePasses(serving, ended, now)).toBeLessThanOrEqual(capacity);
            expect(livePasses(serving, ended, now)).toBeLessThanOrEqual(activeCount(serving, now));
            const { expired } = countOutcomes(serving, now);
            expect(expired).toBeGreaterThanOrEqual(0);
          }
        },
      ),
    );
  });

  it('keeps few batches, and every pass lasts at least its lifetime and hardly longer', () => {
    let serving = nobodyServed;
    for (let turn = 0; turn < 3_000; turn += 1) {
      const now = turn * 500;
      serving = release(serving, { tail: turn + 1, capacity: 100_000, passTtlMs: 600_000, remainingSeats: undefined, now });
      const lifetime = liveBatch(serving, turn + 1, now)!.expiresAt - now;
      expect(lifetime).toBeGreaterThanOrEqual(600_000);
      expect(lifetime).toBeLessThanOrEqual(604_000);
    }
    expect(serving.batches.length).toBeLessThanOrEqual(200);
  });

  it('keeps few batches whatever lifetimes follow each other, ending later rather than earlier', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 10_000, max: 3_600_000 }), { minLength: 300, maxLength: 400 }), (lifetimes) => {
        let serving = nobodyServed;
        lifetimes.forEach((passTtlMs, turn) => {
          serving = release(serving, { tail: turn + 1, capacity: 100_000, passTtlMs, remainingSeats: undefined, now: turn });
          expect(liveBatch(serving, turn + 1, turn)!.expiresAt).toBeGreaterThanOrEqual(turn + passTtlMs);
        });
        expect(serving.batches.length).toBeLessThanOrEqual(200);
      }),
      { numRuns: 10 },
    );
  });
});
