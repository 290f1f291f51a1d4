import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { shareAmount } from './share-amount.ts';

describe('shareAmount', () => {
  it('gives each its weight where they add up to the amount', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10_000_000), { minLength: 1, maxLength: 20 }), (prices) => {
        fc.pre(prices.some((price) => price > 0));
        expect(
          shareAmount(
            prices.reduce((sum, price) => sum + price, 0),
            prices,
          ),
        ).toEqual(prices);
      }),
    );
  });

  it('loses nothing, and gives nobody a whole won more or less than their part', () => {
    fc.assert(
      fc.property(fc.nat(40_000_000), fc.array(fc.nat(10_000_000), { minLength: 1, maxLength: 20 }), (amount, prices) => {
        const total = prices.reduce((sum, price) => sum + price, 0);
        fc.pre(total > 0);
        const shares = shareAmount(amount, prices);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(amount);
        for (const [index, share] of shares.entries()) expect(Math.abs(share - (amount * (prices[index] ?? 0)) / total)).toBeLessThan(1);
      }),
    );
  });

  it.each([
    [0, [0, 0], [0, 0]],
    [3, [0, 0], [1, 2]],
    [5, [], []],
  ])('shares %i by %j as %j', (amount, weights, shares) => {
    expect(shareAmount(amount, weights)).toEqual(shares);
  });
});
