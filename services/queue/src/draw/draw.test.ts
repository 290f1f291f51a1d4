import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type NumberSet, noNumbers } from '@ticketing/contracts/number-set';
import fc from 'fast-check';
import { createAbsences, leaveDraw } from '../places/absences.ts';
import { newRoom } from '../rooms/room.ts';
import { createMemoryStore } from '../testing/memory-store.ts';
import { createDraws, createLots, drawPlaces, rankByLot } from './draw.ts';

const seedOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(seedOf);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const setOf = (numbers: number[]): NumberSet => numbers.reduce((set, number) => set.with(number), noNumbers);
const noPause = () => Promise.resolve();

/** Spearman's rank correlation of join number and place; both are ranks already. */
function correlation(places: number[]): number {
  const n = places.length;
  const sum = places.reduce((total, place, index) => total + (place - index - 1) ** 2, 0);
  return 1 - (6 * sum) / (n * (n * n - 1));
}

/** By the definition, as docs/draw.md has it. */
function placesByDefinition(seed: string, joinNumbers: number[]): Map<number, number> {
  const lotOf = (joinNumber: number) => {
    const message = Buffer.from(seed + joinNumber.toString(16).padStart(8, '0'), 'hex');
    return createHash('sha256').update(message).digest('hex');
  };
  const inOrder = joinNumbers.map((joinNumber) => ({ joinNumber, lot: lotOf(joinNumber) })).sort((a, b) => (a.lot < b.lot ? -1 : 1));
  return new Map(inOrder.map(({ joinNumber }, index) => [joinNumber, index + 1]));
}

describe('the draw', () => {
  it('is what anybody computes from the seed by the definition, whoever had left', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, fc.nat(500), fc.array(fc.integer({ min: 1, max: 500 })), async (seed, last, left) => {
        const draw = await drawPlaces(seed, last, setOf(left), noPause);
        const expected = placesByDefinition(
          seed,
          upTo(last).filter((joinNumber) => !left.includes(joinNumber)),
        );
        expect(upTo(last + 1).map(draw)).toEqual(upTo(last + 1).map((joinNumber) => expected.get(joinNumber)));
        expect(draw(0)).toBeUndefined();
      }),
    );
  });

  it('looks at whole lots where their beginnings are the same', async () => {
    const ends = [5, 3, 3, 1, 4, 2];
    const lotOf = (joinNumber: number): Buffer => {
      const lot = Buffer.alloc(32, joinNumber <= 3 ? 1 : 0);
      lot.writeUInt16BE(100 * (ends[joinNumber - 1] ?? 0) + joinNumber, 30);
      return lot;
    };
    const order = [4, 6, 5, 2, 3, 1];
    const places = await rankByLot(lotOf, 6, noNumbers, noPause);
    expect(order.map((joinNumber) => places[joinNumber - 1])).toEqual(upTo(6));
  });

  it('has a known answer', () => {
    expect(createLots('00'.repeat(32))(1).toString('hex')).toBe(
      createHash('sha256')
        .update(Buffer.from(`${'00'.repeat(35)}01`, 'hex'))
        .digest('hex'),
    );
  });

  it('of a million people takes no more than 256 MiB, and lets other work run in between', async () => {
    const bytes = () => {
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    const before = bytes();
    let [most, pauses] = [0, 0];
    const watch = () => {
      most = Math.max(most, bytes() - before);
      pauses += 1;
      return Promise.resolve();
    };
    const draw = await drawPlaces(seedOf(randomBytes(32)), 1_000_000, setOf([17]), watch);
    expect(most).toBeLessThan(256 * 1_024 * 1_024);
    expect(pauses).toBeGreaterThan(500);
    const seen = new Uint8Array(1_000_000);
    for (const joinNumber of upTo(1_000_000)) seen[draw(joinNumber) ?? 0] = 1;
    expect(draw(17)).toBeUndefined();
    expect(seen.every((place) => place === 1)).toBe(true);
  }, 60_000);

  it('does not follow the order of joining: the first and the last have the same chances', async () => {
    const draws = await Promise.all(upTo(400).map((seed) => drawPlaces(seed.toString(16).padStart(64, '0'), 100)));
    const average = (joinNumber: number): number => draws.reduce((sum, draw) => sum + (draw(joinNumber) ?? 0), 0) / draws.length;
    // The average of 400 places from 1 to 100 is 50.5, give or take 1.44; five times that is no accident.
    for (const joinNumber of [1, 2, 50, 99, 100]) expect(Math.abs(average(joinNumber) - 50.5)).toBeLessThan(7.2);
    const correlations = draws.map((draw) => correlation(upTo(100).map((joinNumber) => draw(joinNumber) ?? 0)));
    const mean = correlations.reduce((sum, value) => sum + value, 0) / correlations.length;
    expect(Math.abs(mean)).toBeLessThan(0.025);
  });

  it('is computed once per room, without those who had left', async () => {
    const absences = createAbsences(createMemoryStore());
    const room = newRoom('concert', 0);
    await leaveDraw(absences, room, 3);
    const draws = createDraws(absences);
    expect(draws(room, { drawn: 10, absent: 1 })).toBe(draws(room, { drawn: 10, absent: 1 }));
    expect((await draws(room, { drawn: 10, absent: 1 }))(3)).toBeUndefined();
  });

  it('is not made up where the store has lost who had left, and is tried again', async () => {
    const absences = createAbsences(createMemoryStore());
    const draws = createDraws(absences);
    const room = newRoom('concert', 0);
    await expect(draws(room, { drawn: 10, absent: 1 })).rejects.toThrow('lost');
    await leaveDraw(absences, room, 3);
    expect((await draws(room, { drawn: 10, absent: 1 }))(2)).toEqual(expect.any(Number));
  });
});
