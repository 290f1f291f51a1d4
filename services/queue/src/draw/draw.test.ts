import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createDraws, drawPlaces, lotOf } from './draw.ts';

const seedOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(seedOf);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Spearman's rank correlation of join number and place; both are ranks already. */
function correlation(places: number[]): number {
  const n = places.length;
  const sum = places.reduce((total, place, index) => total + (place - index - 1) ** 2, 0);
  return 1 - (6 * sum) / (n * (n * n - 1));
}

describe('the draw', () => {
  it('gives each place once, for any seed and number of people', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, fc.nat(500), async (seed, size) => {
        const draw = await drawPlaces(seed, size);
        expect(
          upTo(size)
            .map(draw)
            .sort((a = 0, b = 0) => a - b),
        ).toEqual(upTo(size));
        expect(draw(size + 1)).toBeUndefined();
        expect(draw(0)).toBeUndefined();
      }),
    );
  });

  it('is what anybody computes from the seed, by another way', async () => {
    const seed = randomBytes(32);
    const places = new Map(
      upTo(300)
        .map((joinNumber) => {
          const message = Buffer.concat([seed, Buffer.from(joinNumber.toString(16).padStart(8, '0'), 'hex')]);
          return [createHash('sha256').update(message).digest('hex'), joinNumber] as const;
        })
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, joinNumber], index) => [joinNumber, index + 1]),
    );
    const draw = await drawPlaces(seed.toString('hex'), 300);
    expect(upTo(300).map(draw)).toEqual(upTo(300).map((joinNumber) => places.get(joinNumber)));
  });

  it('has a known answer', () => {
    expect(lotOf('00'.repeat(32), 1).toString('hex')).toBe(
      createHash('sha256')
        .update(Buffer.from(`${'00'.repeat(35)}01`, 'hex'))
        .digest('hex'),
    );
  });

  it('does not follow the order of joining: the first and the last have the same chances', async () => {
    const draws = await Promise.all(upTo(400).map((seed) => drawPlaces(seed.toString(16).padStart(64, '0'), 100)));
    const average = (joinNumber: number): number => draws.reduce((sum, draw) => sum + (draw(joinNumber) ?? 0), 0) / draws.length;
    // The average of 400 places from 1 to 100 is 50.5, give or take 1.44; five times that is no accident.
    for (const joinNumber of [1, 2, 50, 99, 100]) expect(Math.abs(average(joinNumber) - 50.5)).toBeLessThan(7.2);
    const correlations = draws.map((draw) => correlation(upTo(100).map((joinNumber) => draw(joinNumber) ?? 0)));
    const mean = correlations.reduce((sum, value) => sum + value, 0) / correlations.length;
    expect(Math.abs(mean)).toBeLessThan(0.025);
  });

  it('is computed once per room and size', () => {
    const draws = createDraws();
    const room = { drawSeed: '11'.repeat(32) };
    expect(draws(room, 10)).toBe(draws(room, 10));
    expect(draws(room, 10)).not.toBe(draws(room, 11));
  });
});
