import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { planLayout } from './seat-layout.ts';

const floor = { name: 'Floor', rows: 10, seatsPerRow: 20, price: 150_000 };

describe('planLayout', () => {
  it('counts seats and finds the price range', () => {
    expect(planLayout([floor, { name: ' A ', rows: 5, seatsPerRow: 8, price: 70_000n }])).toEqual({
      sections: [floor, { name: 'A', rows: 5, seatsPerRow: 8, price: 70_000 }],
      totalSeats: 240,
      priceFrom: 70_000,
      priceTo: 150_000,
    });
  });

  it.each([
    ['no section', []],
    ['51 sections', Array.from({ length: 51 }, (_, n) => ({ ...floor, name: `S${n}`, rows: 1, seatsPerRow: 1 }))],
    ['no row', [{ ...floor, rows: 0 }]],
    ['201 rows', [{ ...floor, rows: 201, seatsPerRow: 1 }]],
    ['501 seats in a row', [{ ...floor, rows: 1, seatsPerRow: 501 }]],
    ['a price of nothing', [{ ...floor, price: 0n }]],
    ['a negative price', [{ ...floor, price: -1n }]],
    ['a price beyond all wallets', [{ ...floor, price: 9_007_199_254_740_993n }]],
    ['a name of spaces', [{ ...floor, name: '   ' }]],
    ['a name twice', [floor, { ...floor, name: 'FLOOR' }]],
    [
      '20,001 seats',
      [
        { ...floor, rows: 200, seatsPerRow: 100 },
        { ...floor, name: 'One more', rows: 1, seatsPerRow: 1 },
      ],
    ],
  ])('refuses %s', (_what, sections) => {
    expect(planLayout(sections)).toMatchObject({ kind: 'refused', code: 'invalid-layout' });
  });

  it('takes exactly 20,000 seats', () => {
    expect(planLayout([{ ...floor, rows: 200, seatsPerRow: 100 }])).toMatchObject({ totalSeats: 20_000 });
  });

  it('never plans more seats than allowed', () => {
    const section = fc.record({
      name: fc.string({ maxLength: 70 }),
      rows: fc.integer({ min: -1, max: 300 }),
      seatsPerRow: fc.integer({ min: -1, max: 600 }),
      price: fc.bigInt({ min: -10n, max: 20_000_000n }),
    });
    fc.assert(
      fc.property(fc.array(section, { maxLength: 60 }), (sections) => {
        const layout = planLayout(sections);
        if ('kind' in layout) return layout.code === 'invalid-layout';
        const counted = layout.sections.reduce((sum, { rows, seatsPerRow }) => sum + rows * seatsPerRow, 0);
        return layout.totalSeats === counted && counted >= 1 && counted <= 20_000 && layout.priceFrom <= layout.priceTo;
      }),
    );
  });
});
