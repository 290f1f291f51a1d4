import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { areFar, distance, lettersIn } from './edit-distance.ts';

describe('distance', () => {
  it.each([
    ['concert', 'concert', 0],
    ['concrt', 'concert', 1],
    ['coldpaly', 'coldplay', 1],
    ['아유이', '아이유', 1],
    ['kitten', 'sitting', 3],
    ['', 'ab', 2],
  ])('counts mistakes between %s and %s', (a, b, edits) => {
    expect(distance(a, b, 5)).toBe(edits);
  });

  it('gives up beyond what is asked for', () => {
    expect(distance('kitten', 'sitting', 2)).toBe(Infinity);
  });

  it('is the same both ways, and nothing for equals only', () => {
    const word = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') });
    fc.assert(fc.property(word, word, (a, b) => distance(a, b, 20) === distance(b, a, 20) && (distance(a, b, 20) === 0) === (a === b)));
  });
});

describe('areFar', () => {
  it('rules out much, and nothing that is near', () => {
    expect(areFar(lettersIn('midnight'), lettersIn('orchard'), 2)).toBe(true);
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(
        word,
        word,
        fc.integer({ min: 1, max: 3 }),
        (a, b, most) => !areFar(lettersIn(a), lettersIn(b), most) || distance(a, b, most) === Infinity,
      ),
    );
  });
});
