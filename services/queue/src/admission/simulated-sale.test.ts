import { describe, expect, it } from '@jest/globals';
import { limits } from '../testing/test-line.ts';
import { release } from './release.ts';
import { endPlace, livePasses, nobodyServed, passEnd, type Serving } from './serving.ts';
import { takePass } from './take-pass.ts';

const people = 1_000;
const capacity = 50;
const turnMs = 500;

interface Sale {
  /** Sold seats by simulated minute. */
  sold: number[];
  /** The most passes that were good at a time. */
  mostInside: number;
  emptyAfterMs: number;
}

/** A repeatable stream of numbers from 0 to 1 (Lehmer). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** A sale on a virtual clock: everybody asks every second or so, takes the pass when called and pays after half a minute to three. */
function simulate(noShowShare: number, seed: number): Sale {
  const random = numbers(seed);
  const shows = Array.from({ length: people }, () => random() >= noShowShare);
  const asksAt = Array.from({ length: people }, () => random() * 2_000);
  const paysAt = new Map<number, number>();
  const sale: Sale = { sold: [], mostInside: 0, emptyAfterMs: 0 };
  let serving: Serving = nobodyServed;
  let toServe = shows.filter(Boolean).length;
  for (let now = 0; toServe > 0; now += turnMs) {
    serving = release(serving, { ...limits, tail: people, capacity, now });
    for (let position = 1; position <= serving.serving; position += 1) {
      if (!shows[position - 1] || paysAt.has(position) || now < (asksAt[position - 1] ?? 0)) continue;
      asksAt[position - 1] = now + 900 + random() * 200;
      serving = takePass(serving, position, { ...limits, capacity, now });
      if (passEnd(serving, position, now) !== undefined) paysAt.set(position, now + 30_000 + random() * 150_000);
    }
    sale.mostInside = Math.max(sale.mostInside, livePasses(serving, now));
    for (const [position, at] of paysAt) {
      if (at > now || passEnd(serving, position, now) === undefined) continue;
      serving = endPlace(serving, { joinNumber: position, position, how: 'paid' });
      const minute = Math.floor(now / 60_000);
      sale.sold[minute] = (sale.sold[minute] ?? 0) + 1;
      toServe -= 1;
      sale.emptyAfterMs = now;
    }
    if (now > 24 * 3_600_000) throw new Error('the room does not become empty');
  }
  return sale;
}

/** The average of sold seats per minute while the room is full: without the first two minutes and the end. */
function perMinute({ sold }: Sale): number {
  const busy = sold.slice(2, Math.floor(sold.length * 0.7));
  return busy.reduce((sum, count) => sum + count, 0) / busy.length;
}

describe('a sale where 30 % never come', () => {
  it.each([1, 2, 3])('lets in no more than the capacity, sells as fast as one where all come, and becomes empty (%s)', (seed) => {
    const [all, some] = [simulate(0, seed), simulate(0.3, seed)];
    expect(all.mostInside).toBe(capacity);
    expect(some.mostInside).toBeLessThanOrEqual(capacity);
    const ratio = perMinute(some) / perMinute(all);
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1.2);
    // Three in ten fewer buy, so it is over earlier, not later.
    expect(some.emptyAfterMs).toBeLessThan(all.emptyAfterMs);
  });
});
