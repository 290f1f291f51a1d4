import { describe, expect, it } from '@jest/globals';
import { limits } from '@ticketing/contracts/limits';
import fc from 'fast-check';
import { planLayout } from './seat-layout.ts';

const floor = { name: 'Floor', rows: 10, seatsPerRow: 20, price: 150_000 };

describe('planLayout', () => {
  it('may have seats that cost nothing', () => {
    expect(planLayout([{ ...floor, price: 0n }])).toMatchObject({ priceFrom: 0, priceTo: 0 });
    expect(planLayout([floor, { ...floor, name: 'Lawn', price: 0 }])).toMatchObject({ priceFrom: 0, priceTo: 150_000 });
  });

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
    ['501 rows', [{ ...floor, rows: limits.rows + 1, seatsPerRow: 1 }]],
    ['a name of 65 characters', [{ ...floor, name: '🍣'.repeat(limits.sectionName + 1) }]],
    ['501 seats in a row', [{ ...floor, rows: 1, seatsPerRow: 501 }]],
    ['a negative price', [{ ...floor, price: -1n }]],
    ['a price beyond all wallets', [{ ...floor, price: 9_007_199_254_740_993n }]],
    ['a name of spaces', [{ ...floor, name: '   ' }]],
    ['a name twice', [floor, { ...floor }]],
    [
      'a name twice, once decomposed',
      [
        { ...floor, name: 'Café' },
        { ...floor, name: 'Café'.normalize('NFD') },
      ],
    ],
    [
      '50,001 seats',
      [
        { ...floor, rows: 100, seatsPerRow: 500 },
        { ...floor, name: 'One more', rows: 1, seatsPerRow: 1 },
      ],
    ],
  ])('refuses %s', (_what, sections) => {
    expect(planLayout(sections)).toMatchObject({ kind: 'refused', code: 'invalid-layout' });
  });

  it('takes exactly 50,000 seats, in as many rows as there may be', () => {
    const { rows, seats } = limits;
    expect(planLayout([{ ...floor, rows, seatsPerRow: seats / rows }])).toMatchObject({ totalSeats: 50_000 });
  });

  it.each([
    ['🍣', '🍺'],
    ['Cafe', 'Café'],
    ['A', 'Ａ'],
    ['1', '①'],
    ['ハハ', 'パパ'],
    ['Floor', 'FLOOR'],
  ])('takes the names %s and %s for two sections', (one, other) => {
    expect(
      planLayout([floor, { ...floor, name: 'Gate' }].map((section, index) => ({ ...section, name: [one, other][index] ?? '' }))),
    ).toMatchObject({
      sections: [{ name: one }, { name: other }],
    });
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
        return layout.totalSeats === counted && counted >= 1 && counted <= 50_000 && layout.priceFrom <= layout.priceTo;
      }),
    );
  });
});
