import { describe, expect, it } from '@jest/globals';
import { countPlan, findPlanProblems, listSeats, numberOf, type SeatPlan, seatPlan } from '@ticketing/contracts/seat-plan';
import { arenaPlan } from '@ticketing/contracts/testing/arena-plan';
import fc from 'fast-check';
import { layInRows, type PlacedSeat, pointOn } from './lay-in-rows.ts';
import { convertPretix, pretixPlan } from './pretix-plan.ts';

const at = (x: number, y: number) => ({ x, y });
const seat = (number: string, x: number, category = 'Stalls') => ({
  ...{
    seat_guid: `0-${number}`,
    seat_number: number,
    position: at(x, 0),
    category,
    uuid: '2b8c2f4e-3e0f-4d5c-9a53-8f3e1f6f4f10',
    radius: 10,
  },
});
const row = (label: string, y: number, seats: object[]) => ({ row_number: label, row_number_position: 'both', position: at(10, y), seats });
/** As pretix exports one. */
const small = {
  name: 'Small hall',
  size: { width: 600, height: 400 },
  categories: [
    { name: 'Stalls', color: '#3ff' },
    { name: 'Balcony', color: 'red' },
  ],
  zones: [
    {
      ...{ name: 'Main Area', zone_id: 'm', position: at(100, 50) },
      rows: [row('A', 0, [seat('A-1', 0), seat('A-2', 25), seat('A-3', 50)]), row('B', 30, [seat('1', 0), seat('3', 25), seat('5', 50)])],
      areas: [
        { shape: 'text', color: '#000', rotation: 0, position: at(0, 0), text: { text: 'Bar', position: at(0, 0) } },
        {
          shape: 'rectangle',
          color: '#eee',
          rotation: 90,
          position: at(40, -50),
          rectangle: { width: 20, height: 80 },
          text: { text: 'Bühne', position: at(1, 1) },
        },
      ],
    },
    { name: 'Up', position: at(0, 0), rows: [row('A', 0, [seat('9', 0, 'Balcony'), seat('8', -25, 'Balcony')])], areas: [] },
    { name: 'Nobody sits here', position: at(0, 0), rows: [] },
  ],
};

function convert(plan: unknown, prices: Record<string, number> = { Stalls: 50_000, Balcony: 30_000 }): ReturnType<typeof convertPretix> {
  return convertPretix({ plan: pretixPlan.parse(plan), prices });
}

function planOf(converted: ReturnType<typeof convertPretix>): SeatPlan {
  if ('errors' in converted) throw new Error(JSON.stringify(converted.errors));
  return seatPlan.parse(converted);
}

/** Small, with something else at a path. */
function changed(path: (string | number)[], value: unknown): unknown {
  const copy: unknown = structuredClone(small);
  let part = copy as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) part = part[key] as Record<string | number, unknown>;
  part[path.at(-1)!] = value;
  return copy;
}

describe('a pretix plan', () => {
  it('becomes sections, rows and categories with prices', () => {
    const plan = planOf(convert(small));
    expect(findPlanProblems(plan)).toEqual([]);
    expect(plan).toEqual({
      stage: {
        label: 'Bühne',
        outline: [
          [140, 0],
          [140, 20],
          [60, 20],
          [60, 0],
        ],
      },
      categories: [
        { name: 'Stalls', price: 50_000, color: '#33ffff' },
        { name: 'Balcony', price: 30_000 },
      ],
      sections: [
        {
          name: 'Main Area',
          rows: [
            { label: 'A', x: 110, y: 50, dx: 25, dy: 0, first: 1, count: 3, category: 'Stalls' },
            { label: 'B', x: 110, y: 80, dx: 25, dy: 0, first: 1, step: 2, count: 3, category: 'Stalls' },
          ],
        },
        { name: 'Up', rows: [{ label: 'A', x: 10, y: 0, dx: -25, dy: 0, first: 9, step: -1, count: 2, category: 'Balcony' }] },
      ],
    });
  });

  it('may have one zone in two pieces, and categories that nobody pays for', () => {
    const plan = planOf(convert(changed(['zones', 1, 'name'], 'Main Area'), { Stalls: 1, Balcony: 2 }));
    expect(plan.sections.map(({ name, rows }) => [name, rows.length])).toEqual([['Main Area', 3]]);
    expect(planOf(convert(changed(['zones', 1, 'rows'], []), { Stalls: 1 })).categories.map(({ name }) => name)).toEqual(['Stalls']);
  });

  it.each<[string, unknown, Record<string, number> | undefined, string, RegExp]>([
    [
      'a seat twice',
      changed(['zones', 0, 'rows', 0, 'seats', 2, 'seat_number'], 'A-1'),
      undefined,
      'pretix.plan.zones.0.rows.0.seats.2.seat_number',
      /Seat 1 of row A is there twice/,
    ],
    [
      'a seat twice in two zones of one name',
      changed(['zones', 1], { ...small.zones[0] }),
      undefined,
      'pretix.plan.zones.1.rows.0.seats.0.seat_number',
      /twice/,
    ],
    [
      'a seat without a number',
      changed(['zones', 0, 'rows', 1, 'seats', 0, 'seat_number'], 'Loge'),
      undefined,
      'pretix.plan.zones.0.rows.1.seats.0.seat_number',
      /Must end with a number/,
    ],
    [
      'a number that is too long',
      changed(['zones', 0, 'rows', 1, 'seats', 0, 'seat_number'], '12345'),
      undefined,
      'pretix.plan.zones.0.rows.1.seats.0.seat_number',
      /four digits/,
    ],
    [
      'an unknown category',
      changed(['zones', 0, 'rows', 1, 'seats', 1, 'category'], 'VIP'),
      undefined,
      'pretix.plan.zones.0.rows.1.seats.1.category',
      /no category VIP/,
    ],
    ['a zone without a name', changed(['zones', 0, 'name'], undefined), undefined, 'pretix.plan.zones.0.name', /needs a name/],
    ['a category without a price', small, { Stalls: 1 }, 'pretix.prices.Balcony', /needs a price/],
    ['a price for nothing', small, { Stalls: 1, Balcony: 1, constructor: 1 }, 'pretix.prices.constructor', /no such category/],
    ['no seat at all', { ...small, zones: [small.zones[2]] }, {}, 'pretix.plan.zones', /no seat/],
  ])('with %s is refused by its path', (_what, plan, prices, path, message) => {
    const converted = convert(plan, prices);
    expect('errors' in converted && converted.errors).toContainEqual({ path, message: expect.stringMatching(message) });
  });

  it.each<[string, unknown, (string | number)[]]>([
    ['a row without a name', changed(['zones', 0, 'rows', 0, 'row_number'], ''), ['zones', 0, 'rows', 0, 'row_number']],
    [
      'a seat without a place',
      changed(['zones', 0, 'rows', 0, 'seats', 1, 'position'], undefined),
      ['zones', 0, 'rows', 0, 'seats', 1, 'position'],
    ],
    ['a place that is no number', changed(['zones', 0, 'position', 'x'], '5'), ['zones', 0, 'position', 'x']],
    ['no zones', changed(['zones'], 'none'), ['zones']],
    ['no categories', changed(['categories'], []), ['categories']],
    ['a category that can’t be seen', changed(['categories', 0, 'name'], '\u200b'), ['categories', 0, 'name']],
  ])('with %s is none', (_what, plan, path) => {
    expect(pretixPlan.safeParse(plan).error?.issues.map((issue) => issue.path)).toContainEqual(path);
  });

  it('of an arena with curved rows takes as many rows as the arena has', () => {
    const arena = arenaPlan();
    const drawn = planOf(convert(drawnByPretix(arena), { VIP: 198_000, R: 165_000, S: 132_000, A: 99_000 }));
    expect(findPlanProblems(drawn)).toEqual([]);
    expect(countPlan(drawn)).toEqual(countPlan(arena));
    const named = (plan: SeatPlan) => listSeats(plan).map((one) => ({ ...one, attributes: [] }));
    expect(named(drawn)).toEqual(named(arena));
    const rowsOf = (plan: SeatPlan) => plan.sections.flatMap(({ rows }) => rows).length;
    expect(rowsOf(drawn)).toBe(rowsOf(arena));
  });
});

/** The plan as pretix would have it: each seat with a place of its own. */
function drawnByPretix({ categories, sections }: SeatPlan): unknown {
  const zones = sections.map(({ name, rows }) => ({
    ...{ name, position: at(0, 0) },
    rows: rows.map((one) => ({
      row_number: one.label,
      position: at(one.x, one.y),
      seats: Array.from({ length: one.count }, (_, index) => {
        const { x, y } = pointOn(one, one.count, index);
        return {
          seat_guid: `${name}-${one.label}-${index}`,
          seat_number: String(numberOf(one, index)),
          category: one.category,
          position: at(x - one.x, y - one.y),
        };
      }),
    })),
  }));
  return { name: 'Arena', size: { width: 2_000, height: 2_000 }, categories, zones };
}

describe('seats that stand anywhere', () => {
  const placed: fc.Arbitrary<PlacedSeat[]> = fc.array(
    fc.record({
      x: fc.integer({ min: 0, max: 500 }),
      y: fc.integer({ min: 0, max: 500 }),
      number: fc.integer({ min: 0, max: 60 }),
      category: fc.constantFrom('R', 'S'),
    }),
    { maxLength: 30 },
  );

  it('keep their order, numbers, categories and, but for a little, their places', () => {
    fc.assert(
      fc.property(placed, (seats) => {
        const rows = layInRows(seats);
        const laid = rows.flatMap((one) =>
          Array.from({ length: one.count }, (_, index) => ({
            ...pointOn(one, one.count, index),
            number: numberOf(one, index),
            category: one.category,
          })),
        );
        expect(laid.map(({ number, category }) => [number, category])).toEqual(seats.map(({ number, category }) => [number, category]));
        for (const [index, { x, y }] of seats.entries()) {
          const gap = Math.max(0.1, ...seats.map((other) => Math.hypot(other.x - x, other.y - y)));
          expect(Math.hypot(x - laid[index]!.x, y - laid[index]!.y)).toBeLessThan(0.3 * gap + 0.5);
        }
      }),
    );
  });

  it('are one row where they stand on an arc, and two where there is an aisle', () => {
    const arc = (count: number, from: number) =>
      Array.from({ length: count }, (_, index) => {
        const angle = from + index * 0.02;
        return { x: 1_000 * Math.cos(angle), y: 1_000 * Math.sin(angle), number: index + 1, category: 'R' };
      });
    expect(layInRows(arc(30, 1.2))).toMatchObject([{ first: 1, count: 30, bend: expect.any(Number) }]);
    const [left, right] = [arc(10, 1), arc(10, 1.5).map((one) => ({ ...one, number: one.number + 10 }))];
    expect(layInRows([...left, ...right])).toMatchObject([
      { first: 1, count: 10 },
      { first: 11, count: 10 },
    ]);
  });
});
