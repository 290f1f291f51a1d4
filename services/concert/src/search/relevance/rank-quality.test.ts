import { describe, expect, it } from '@jest/globals';
import { average, rankQuality } from './rank-quality.ts';

const grades = new Map([
  ['best', 2],
  ['good', 1],
]);

describe('rankQuality', () => {
  it('is perfect for the ideal order, whatever follows', () => {
    expect(rankQuality(['best', 'good', 'other'], grades)).toEqual({ ndcg: 1, recall: 1 });
  });

  it('is less for the wrong order, and nothing for the wrong list', () => {
    expect(rankQuality(['good', 'best'], grades).ndcg).toBeCloseTo((1 + 3 / Math.log2(3)) / (3 + 1 / Math.log2(3)));
    expect(rankQuality(['other'], grades)).toEqual({ ndcg: 0, recall: 0 });
  });

  it('counts the first ten only', () => {
    const others = Array.from({ length: 10 }, (_, index) => `other ${index}`);
    expect(rankQuality([...others, 'best', 'good'], grades)).toEqual({ ndcg: 0, recall: 0 });
  });

  it('is perfect for an empty list where nothing fits, and nothing for any other', () => {
    expect(rankQuality([], new Map())).toEqual({ ndcg: 1, recall: 1 });
    expect(rankQuality(['other'], new Map())).toEqual({ ndcg: 0, recall: 0 });
  });

  it('averages', () => {
    expect(
      average([
        { ndcg: 1, recall: 1 },
        { ndcg: 0, recall: 0.5 },
      ]),
    ).toEqual({ ndcg: 0.5, recall: 0.75 });
  });
});
