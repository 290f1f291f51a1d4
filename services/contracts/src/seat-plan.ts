import { z } from 'zod';
import { limits } from './limits.ts';

/** Makes the schema of a name of 1 to `most` characters. */
export type NameSchema = (most: number) => z.ZodType<string>;

export const seatAttributes = ['wheelchair', 'companion', 'restrictedView'] as const;
export type SeatAttribute = (typeof seatAttributes)[number];

const coordinate = z.number().min(-limits.coordinate).max(limits.coordinate);
const outline = z
  .array(z.tuple([coordinate, coordinate]))
  .min(3)
  .max(limits.outlinePoints)
  .meta({ description: 'Corners of a polygon, as [x, y].' });
const seatNumbers = z.array(z.int().min(0).max(limits.seatNumber)).min(1).max(limits.seatsPerRow).optional();

/**
 * Seats side by side: the one with index i of n stands at (x, y) + i · (dx, dy), moved by bend · 4t(1 − t) at a right angle to the row, where
 * t = i / (n − 1). Its number is first + i · step.
 */
function rowSchema(name: NameSchema) {
  return z.strictObject({
    label: name(limits.rowLabel).meta({ description: 'Several rows of a section may have one label, where their numbers differ.' }),
    x: coordinate.meta({ description: 'Of the first seat. The unit is free; y grows downwards.' }),
    y: coordinate,
    dx: coordinate.meta({ description: 'From one seat to the next.' }),
    dy: coordinate,
    bend: coordinate.optional().meta({
      description: 'How far the middle of the row lies off the straight line between its ends, along (−dy, dx). The row is a parabola.',
    }),
    first: z.int().min(0).max(limits.seatNumber).meta({ description: 'Number of the first seat.' }),
    step: z
      .int()
      .min(-2)
      .max(2)
      .refine((step) => step !== 0, 'Must not be 0')
      .optional()
      .meta({ description: 'From one number to the next; 1 when left out.' }),
    count: z.int().min(1).max(limits.seatsPerRow),
    category: name(limits.categoryName).meta({ description: 'Name of a price category.' }),
    attributes: z
      .strictObject({ wheelchair: seatNumbers, companion: seatNumbers, restrictedView: seatNumbers })
      .optional()
      .meta({ description: 'Numbers of the seats that are for wheelchairs, for companions, or see less.' }),
  });
}

/** The schema of a seat plan, with names as the caller wants them. */
export function seatPlanSchema(name: NameSchema) {
  return z.strictObject({
    stage: z.strictObject({ label: name(limits.sectionName), outline }).optional(),
    categories: z
      .array(
        z.strictObject({
          name: name(limits.categoryName).meta({ example: 'R' }),
          price: z.int().min(0).max(limits.price).meta({ description: 'KRW for a seat; 0 is free.', example: 110_000 }),
          color: z
            .string()
            .regex(/^#[0-9a-f]{6}$/i, 'Must be a color like #1f77b4')
            .optional(),
        }),
      )
      .min(1)
      .max(limits.categories),
    sections: z
      .array(
        z.strictObject({
          name: name(limits.sectionName).meta({ example: '1F A' }),
          outline: outline.optional(),
          rows: z.array(rowSchema(name)).min(1).max(limits.planRows),
        }),
      )
      .min(1)
      .max(limits.planSections),
  });
}

function plainName(most: number): z.ZodType<string> {
  return z
    .string()
    .min(1)
    .refine((text) => Array.from(text).length <= most, `Must not be longer than ${most} characters`);
}

/** A seat plan as services hand it on. */
export const seatPlan = seatPlanSchema(plainName);

/** The seats of a performance, with their places and prices. Best seats first: this is the order in which they are given. */
export type SeatPlan = z.infer<typeof seatPlan>;
export type PlanRow = SeatPlan['sections'][number]['rows'][number];

export interface PlannedSeat {
  /** From 0, without gaps, in the order of the plan. */
  position: number;
  section: string;
  row: string;
  number: number;
  category: string;
  /** KRW. */
  price: number;
  attributes: SeatAttribute[];
}

/** Every seat of a plan, in its order: the one function that catalogue and inventory go by. @throws Error for a plan with problems */
export function listSeats({ categories, sections }: SeatPlan): PlannedSeat[] {
  const prices = new Map(categories.map(({ name, price }) => [name, price]));
  const seats: PlannedSeat[] = [];
  for (const { name: section, rows } of sections) {
    for (const { label: row, count, category, ...numbering } of rows) {
      const price = prices.get(category);
      if (price === undefined) throw new Error(`there is no category ${category}`);
      for (let index = 0; index < count; index += 1) {
        const number = numberOf(numbering, index);
        const attributes = seatAttributes.filter((attribute) => numbering.attributes?.[attribute]?.includes(number));
        seats.push({ position: seats.length, section, row, number, category, price, attributes });
      }
    }
  }
  return seats;
}

export interface PlanFigures {
  totalSeats: number;
  /** KRW; the cheapest and the dearest category that has seats. */
  priceFrom: number;
  priceTo: number;
}

export function countPlan({ categories, sections }: SeatPlan): PlanFigures {
  const rows = sections.flatMap((section) => section.rows);
  const used = new Set(rows.map(({ category }) => category));
  const prices = categories.filter(({ name }) => used.has(name)).map(({ price }) => price);
  return {
    totalSeats: rows.reduce((sum, { count }) => sum + count, 0),
    priceFrom: Math.min(...prices),
    priceTo: Math.max(...prices),
  };
}

export function numberOf({ first, step = 1 }: Pick<PlanRow, 'first' | 'step'>, index: number): number {
  return first + index * step;
}

/** Something that is wrong with a plan, and where. */
export interface PlanProblem {
  path: (string | number)[];
  message: string;
}

const mostProblems = 20;

/** What the schema alone can't say: names that are missing or there twice, seats that are there twice, and plans that are too large. */
export function findPlanProblems(plan: SeatPlan): PlanProblem[] {
  const problems = [
    ...findSizeProblems(plan),
    ...findRepeated(plan.categories, 'categories', 'Another category has this name'),
    ...findRepeated(plan.sections, 'sections', 'Another section has this name'),
    ...findRowProblems(plan),
  ];
  return problems.slice(0, mostProblems);
}

function findSizeProblems(plan: SeatPlan): PlanProblem[] {
  const { totalSeats } = countPlan(plan);
  const rows = plan.sections.reduce((sum, section) => sum + section.rows.length, 0);
  const bytes = new TextEncoder().encode(JSON.stringify(plan)).byteLength;
  const sizes = [
    { what: 'seats', size: totalSeats, most: limits.seats },
    { what: 'rows', size: rows, most: limits.planRows },
    { what: 'bytes of JSON', size: bytes, most: limits.planBytes },
  ];
  return sizes.flatMap(({ what, size, most }) =>
    size > most ? [{ path: [], message: `A plan has at most ${most} ${what}; this one has ${size}` }] : [],
  );
}

function findRepeated(named: { name: string }[], list: string, message: string): PlanProblem[] {
  const seen = new Set<string>();
  return named.flatMap(({ name }, index) => {
    const isRepeated = seen.has(name);
    seen.add(name);
    return isRepeated ? [{ path: [list, index, 'name'], message }] : [];
  });
}

function findRowProblems({ categories, sections }: SeatPlan): PlanProblem[] {
  const problems: PlanProblem[] = [];
  const known = new Set(categories.map(({ name }) => name));
  for (const [sectionIndex, section] of sections.entries()) {
    const seats = new Set<string>();
    for (const [rowIndex, row] of section.rows.entries()) {
      const path = ['sections', sectionIndex, 'rows', rowIndex];
      if (!known.has(row.category)) problems.push({ path: [...path, 'category'], message: 'There is no such category' });
      problems.push(...findSeatProblems(row, seats).map((message) => ({ path, message })));
      if (problems.length >= mostProblems) return problems;
    }
  }
  return problems;
}

/** @param seats of the section, to which those of the row are added */
function findSeatProblems(row: PlanRow, seats: Set<string>): string[] {
  const last = numberOf(row, row.count - 1);
  if (last < 0 || last > limits.seatNumber) return [`Seat numbers are 0 to ${limits.seatNumber}; this row ends with ${last}`];
  const numbers = new Set(Array.from({ length: row.count }, (_, index) => numberOf(row, index)));
  const problems: string[] = [];
  for (const number of numbers) {
    const seat = `${number} ${row.label}`;
    if (seats.has(seat)) problems.push(`Seat ${number} of row ${row.label} is there twice`);
    seats.add(seat);
  }
  for (const attribute of seatAttributes) {
    for (const number of row.attributes?.[attribute] ?? []) {
      if (!numbers.has(number)) problems.push(`The row has no seat ${number}, which is in its ${attribute}`);
    }
  }
  return problems;
}

/** Rows are A … Z, AA … AZ and so on, as in a theatre. */
export function rowLabel(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : rowLabel(Math.floor(index / 26) - 1) + letter;
}

/** A section whose rows have as many seats each. */
export interface Rectangle {
  name: string;
  rows: number;
  seatsPerRow: number;
  /** KRW. */
  price: number;
}

const seatSpacing = 10;
const rowSpacing = 12;
const sectionGap = 20;

/** The plan of rectangles: one behind the other in front of a stage, each with a category of its name. */
export function planOfRectangles(rectangles: Rectangle[]): SeatPlan {
  const widest = Math.max(...rectangles.map(({ seatsPerRow }) => seatsPerRow)) * seatSpacing;
  let top = 0;
  const sections = rectangles.map(({ name, rows, seatsPerRow }) => {
    const [x, y] = [-(seatsPerRow - 1) * (seatSpacing / 2), top];
    top += rows * rowSpacing + sectionGap;
    const row = { x, dx: seatSpacing, dy: 0, first: 1, count: seatsPerRow, category: name };
    return { name, rows: Array.from({ length: rows }, (_, index) => ({ label: rowLabel(index), y: y + index * rowSpacing, ...row })) };
  });
  const [half, front, back] = [Math.max(widest, 10 * seatSpacing) / 4, -3 * rowSpacing, -6 * rowSpacing];
  return {
    stage: {
      label: 'Stage',
      outline: [
        [-half, back],
        [half, back],
        [half, front],
        [-half, front],
      ],
    },
    categories: rectangles.map(({ name, price }) => ({ name, price })),
    sections,
  };
}
