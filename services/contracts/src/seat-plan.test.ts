import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { limits } from './limits.ts';
import {
  countPlan,
  findPlanProblems,
  listSeats,
  type PlanRow,
  planOfRectangles,
  rowLabel,
  type SeatPlan,
  seatAttributes,
  seatPlan,
} from './seat-plan.ts';
import { arenaPlan } from './testing/arena-plan.ts';

const categories = [
  { name: 'R', price: 120_000, color: '#c2185b' },
  { name: 'S', price: 90_000 },
  { name: 'unused', price: 1 },
];
const place = { x: 0, y: 0, dx: 10, dy: 0 };
const row = (more: Partial<PlanRow> = {}): PlanRow => ({ label: '1', ...place, first: 1, count: 3, category: 'R', ...more });
const planWith = (...rows: PlanRow[]): SeatPlan => ({ categories, sections: [{ name: 'Floor', rows }] });
const messagesOf = (plan: SeatPlan) => findPlanProblems(plan).map(({ path, message }) => `${path.join('.')}: ${message}`);

/** Plans without problems: the labels of the rows of a section are all different. */
const plans: fc.Arbitrary<SeatPlan> = fc
  .array(
    fc.array(
      fc.record({
        first: fc.integer({ min: 20, max: 50 }),
        step: fc.constantFrom(undefined, 1, 2, -1, -2),
        count: fc.integer({ min: 1, max: 8 }),
        category: fc.constantFrom('R', 'S'),
        wheelchair: fc.boolean(),
      }),
      { minLength: 1, maxLength: 6 },
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((sections) => ({
    categories,
    sections: sections.map((rows, index) => ({
      name: `Section ${index}`,
      rows: rows.map(({ step, wheelchair, ...numbering }, label) => ({
        ...{ label: String(label), ...place, ...numbering },
        ...(step !== undefined && { step }),
        ...(wheelchair && { attributes: { wheelchair: [numbering.first] } }),
      })),
    })),
  }));

describe('the seats of a plan', () => {
  it('stand in the order of the plan, with numbers, prices and attributes', () => {
    const plan = planWith(
      row(),
      row({ label: '2', first: 8, step: -2, count: 2, category: 'S', attributes: { wheelchair: [6], companion: [6, 8] } }),
    );
    expect(listSeats(plan)).toEqual([
      { position: 0, section: 'Floor', row: '1', number: 1, category: 'R', price: 120_000, attributes: [] },
      { position: 1, section: 'Floor', row: '1', number: 2, category: 'R', price: 120_000, attributes: [] },
      { position: 2, section: 'Floor', row: '1', number: 3, category: 'R', price: 120_000, attributes: [] },
      { position: 3, section: 'Floor', row: '2', number: 8, category: 'S', price: 90_000, attributes: ['companion'] },
      { position: 4, section: 'Floor', row: '2', number: 6, category: 'S', price: 90_000, attributes: ['wheelchair', 'companion'] },
    ]);
    expect(countPlan(plan)).toEqual({ totalSeats: 5, priceFrom: 90_000, priceTo: 120_000 });
  });

  it('have positions without gaps, are unique, and are as many as are counted', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        expect(seatPlan.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
        expect(findPlanProblems(plan)).toEqual([]);
        const seats = listSeats(plan);
        const { totalSeats, priceFrom, priceTo } = countPlan(plan);
        expect(seats.map(({ position }) => position)).toEqual(Array.from({ length: totalSeats }, (_, position) => position));
        expect(new Set(seats.map((seat) => `${seat.section} ${seat.row} ${seat.number}`)).size).toBe(totalSeats);
        const prices = seats.map(({ price }) => price);
        expect([priceFrom, priceTo]).toEqual([Math.min(...prices), Math.max(...prices)]);
        expect(seats.every(({ attributes }) => attributes.every((attribute) => seatAttributes.includes(attribute)))).toBe(true);
      }),
    );
  });

  it('are those of rectangles, as they always were', () => {
    const rectangles = [
      { name: 'Floor', rows: 2, seatsPerRow: 2, price: 150_000 },
      { name: '2층', rows: 1, seatsPerRow: 1, price: 150_000 },
    ];
    const plan = planOfRectangles(rectangles);
    expect(findPlanProblems(seatPlan.parse(plan))).toEqual([]);
    expect(listSeats(plan).map(({ position, section, row: label, number, price }) => [position, section, label, number, price])).toEqual([
      [0, 'Floor', 'A', 1, 150_000],
      [1, 'Floor', 'A', 2, 150_000],
      [2, 'Floor', 'B', 1, 150_000],
      [3, 'Floor', 'B', 2, 150_000],
      [4, '2층', 'A', 1, 150_000],
    ]);
  });

  it('are never at one place', () => {
    const plan = planOfRectangles([
      { name: 'A', rows: 3, seatsPerRow: 4, price: 1 },
      { name: 'B', rows: 2, seatsPerRow: 9, price: 1 },
    ]);
    const places = plan.sections.flatMap(({ rows }) =>
      rows.flatMap(({ x, y, dx, count }) => Array.from({ length: count }, (_, i) => `${x + i * dx} ${y}`)),
    );
    expect(new Set(places).size).toBe(countPlan(plan).totalSeats);
  });
});

describe('a plan', () => {
  it('of a whole arena has no problem', () => {
    const plan = arenaPlan();
    expect(findPlanProblems(plan)).toEqual([]);
    expect(countPlan(plan).totalSeats).toBeGreaterThan(limits.seats * 0.98);
    expect(listSeats(plan)).toHaveLength(countPlan(plan).totalSeats);
  });

  it.each<[string, SeatPlan, string]>([
    [
      'a seat twice in a row',
      planWith(row({ count: 2 }), row({ first: 2, count: 1 })),
      'sections.0.rows.1: Seat 2 of row 1 is there twice',
    ],
    ['a category that there is not', planWith(row({ category: 'VIP' })), 'sections.0.rows.0.category: There is no such category'],
    [
      'a wheelchair where no seat is',
      planWith(row({ attributes: { wheelchair: [9] } })),
      'sections.0.rows.0: The row has no seat 9, which is in its wheelchair',
    ],
    ['numbers below zero', planWith(row({ step: -1, count: 3 })), 'sections.0.rows.0: Seat numbers are 0 to 9999; this row ends with -1'],
    [
      'a section twice',
      { categories, sections: [...planWith(row()).sections, ...planWith(row()).sections] },
      'sections.1.name: Another section has this name',
    ],
    [
      'a category twice',
      { ...planWith(row()), categories: [...categories, { name: 'R', price: 1 }] },
      'categories.3.name: Another category has this name',
    ],
    [
      'a seat too many',
      planWith(...Array.from({ length: 101 }, (_, index) => row({ label: String(index), count: index === 100 ? 1 : 500 }))),
      ': A plan has at most 50000 seats; this one has 50001',
    ],
  ])('with %s has a problem', (_what, plan, message) => {
    expect(messagesOf(plan)).toContain(message);
  });

  it('may use a row and a number again in another section', () => {
    const [section] = planWith(row()).sections;
    expect(findPlanProblems({ categories, sections: [section!, { ...section!, name: 'Balcony' }] })).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['no seats', { categories, sections: [] }],
    ['a section without rows', { categories, sections: [{ name: 'Floor', rows: [] }] }],
    ['a row of none', planWith(row({ count: 0 }))],
    ['a row without end', planWith(row({ count: limits.seatsPerRow + 1 }))],
    ['numbers that stand still', planWith(row({ step: 0 }))],
    ['a long label', planWith(row({ label: 'x'.repeat(limits.rowLabel + 1) }))],
    ['a field that nobody knows', { ...planWith(row()), owner: 'me' }],
    [
      'an outline of two corners',
      {
        ...planWith(row()),
        stage: {
          label: 'Stage',
          outline: [
            [0, 0],
            [1, 1],
          ],
        },
      },
    ],
    ['a color by name', { ...planWith(row()), categories: [{ name: 'R', price: 1, color: 'red' }] }],
    ['a place beyond all bounds', planWith(row({ x: limits.coordinate + 1 }))],
  ])('with %s is none', (_what, plan) => {
    expect(seatPlan.safeParse(plan).success).toBe(false);
  });
});

describe('rowLabel', () => {
  it.each([
    [0, 'A'],
    [25, 'Z'],
    [26, 'AA'],
    [51, 'AZ'],
    [52, 'BA'],
    [701, 'ZZ'],
    [702, 'AAA'],
  ])('calls row %i %s', (index, label) => {
    expect(rowLabel(index)).toBe(label);
  });
});
