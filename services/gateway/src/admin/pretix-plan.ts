import { limits } from '@ticketing/contracts/limits';
import type { SeatPlan } from '@ticketing/contracts/seat-plan';
import { z } from 'zod';
import { line } from '../http/fields.ts';
import type { FieldError } from '../http/problems.ts';
import { layInRows, type Point, roundTo } from './lay-in-rows.ts';

const position = z.object({ x: z.number(), y: z.number() });
// There are many, and of their texts nothing is shown: the category must be one of the plan's, and the number is read from the other one.
const seat = z.object({
  seat_number: z.string().trim().max(64),
  position,
  category: z
    .string()
    .normalize('NFC')
    .trim()
    .max(2 * limits.categoryName),
});
const row = z.object({ row_number: line(1, limits.rowLabel), position: position.optional(), seats: z.array(seat).max(limits.seatsPerRow) });
const sides = z.object({ width: z.number(), height: z.number() });
const area = z.object({
  position: position.optional(),
  rotation: z.number().optional(),
  polygon: z.object({ points: z.array(position).min(3).max(limits.outlinePoints) }).optional(),
  rectangle: sides.optional(),
  ellipse: z.object({ radius: position }).optional(),
  circle: z.object({ radius: z.number() }).optional(),
  text: z.union([z.string(), z.object({ text: z.string() })]).optional(),
});

/** What is read of a seating plan as pretix publishes its schema; the rest of it is about drawing. */
export const pretixPlan = z
  .object({
    categories: z
      .array(z.object({ name: line(1, limits.categoryName), color: z.string().optional() }))
      .min(1)
      .max(limits.categories),
    zones: z
      .array(
        z.object({
          name: line(1, limits.sectionName).optional(),
          position,
          rows: z.array(row).max(limits.planRows),
          areas: z.array(area).optional(),
        }),
      )
      .min(1)
      .max(limits.planSections),
  })
  .meta({ id: 'PretixSeatingPlan', description: 'A seating plan as pretix exports it.' });

type PretixPlan = z.output<typeof pretixPlan>;
type Zone = PretixPlan['zones'][number];
type Section = SeatPlan['sections'][number];

/** A pretix plan with prices in the shop's normal form, or what is wrong, by JSON path in the request. Zones of one name are one section. */
export function convertPretix({ plan, prices }: { plan: PretixPlan; prices: Record<string, number> }): SeatPlan | { errors: FieldError[] } {
  const errors: FieldError[] = [];
  const sections = new Map<string, Section>();
  const taken = new Map<string, Set<string>>();
  for (const [index, zone] of plan.zones.entries()) {
    if (!zone.rows.some(({ seats }) => seats.length > 0)) continue;
    const path = `pretix.plan.zones.${index}`;
    if (zone.name === undefined) {
      errors.push({ path: `${path}.name`, message: 'A zone with seats needs a name' });
      continue;
    }
    const section = sections.get(zone.name) ?? { name: zone.name, rows: [] };
    const seats = taken.get(zone.name) ?? new Set();
    section.rows.push(...convertRows(zone, path, seats, errors));
    sections.set(zone.name, section);
    taken.set(zone.name, seats);
  }
  const used = new Set([...sections.values()].flatMap(({ rows }) => rows.map(({ category }) => category)));
  errors.push(...findCategoryErrors(plan, prices, used));
  if (sections.size === 0 && errors.length === 0) errors.push({ path: 'pretix.plan.zones', message: 'The plan has no seat' });
  if (errors.length > 0) return { errors };
  const stage = findStage(plan.zones);
  const categories = plan.categories.filter(({ name }) => used.has(name));
  return {
    ...(stage && { stage }),
    categories: categories.map(({ name, color }) => ({ name, price: prices[name] ?? 0, ...plainColor(color) })),
    sections: [...sections.values()],
  };
}

/** @param taken seats of the section, to which those of the zone are added */
function convertRows(zone: Zone, path: string, taken: Set<string>, errors: FieldError[]): Section['rows'] {
  return zone.rows.flatMap(({ row_number: label, position: at = { x: 0, y: 0 }, seats }, rowIndex) => {
    const placed = seats.flatMap(({ seat_number: text, position: place, category }, index) => {
      const here = `${path}.rows.${rowIndex}.seats.${index}.seat_number`;
      // Often the row is part of it, as in A-12.
      const digits = /(?<!\d)\d{1,4}$/.exec(text)?.[0];
      if (digits === undefined) {
        errors.push({ path: here, message: `Must end with a number of at most four digits, and is ${text}` });
        return [];
      }
      const number = Number(digits);
      if (taken.has(`${number} ${label}`)) errors.push({ path: here, message: `Seat ${number} of row ${label} is there twice` });
      taken.add(`${number} ${label}`);
      return { number, category, x: zone.position.x + at.x + place.x, y: zone.position.y + at.y + place.y };
    });
    return layInRows(placed).map((part) => ({ label, ...part }));
  });
}

function findCategoryErrors({ categories, zones }: PretixPlan, prices: Record<string, number>, used: Set<string>): FieldError[] {
  const known = new Set(categories.map(({ name }) => name));
  const errors: FieldError[] = [];
  for (const [zoneIndex, zone] of zones.entries()) {
    for (const [rowIndex, { seats }] of zone.rows.entries()) {
      const index = seats.findIndex(({ category }) => !known.has(category));
      const message = `There is no category ${seats[index]?.category ?? ''}`;
      if (index !== -1) errors.push({ path: `pretix.plan.zones.${zoneIndex}.rows.${rowIndex}.seats.${index}.category`, message });
    }
  }
  for (const name of used) {
    if (known.has(name) && !Object.hasOwn(prices, name))
      errors.push({ path: `pretix.prices.${name}`, message: 'The category needs a price' });
  }
  for (const name of Object.keys(prices)) {
    if (!known.has(name)) errors.push({ path: `pretix.prices.${name}`, message: 'The plan has no such category' });
  }
  return errors;
}

const stageWords = /stage|bühne|scène|escenario|palco|podium|무대/i;

/** The first area that is called a stage and has a shape. */
function findStage(zones: Zone[]): SeatPlan['stage'] {
  for (const zone of zones) {
    for (const shape of zone.areas ?? []) {
      const label = (typeof shape.text === 'string' ? shape.text : (shape.text?.text ?? '')).normalize('NFC').trim();
      const corners = stageWords.test(label) ? cornersOf(shape) : [];
      const { x, y } = { x: zone.position.x + (shape.position?.x ?? 0), y: zone.position.y + (shape.position?.y ?? 0) };
      if (corners.length === 0 || !line(1, limits.sectionName).safeParse(label).success) continue;
      const turned = corners.map((corner) => turn(corner, shape.rotation ?? 0));
      return { label, outline: turned.map((corner) => [roundTo(x + corner.x, 1), roundTo(y + corner.y, 1)]) };
    }
  }
  return undefined;
}

const roundCorners = 24;

/** Around the position of the area. */
function cornersOf({ polygon, rectangle, ellipse, circle }: z.output<typeof area>): Point[] {
  if (polygon) return polygon.points;
  if (rectangle) {
    const { width: x, height: y } = rectangle;
    return [
      { x: 0, y: 0 },
      { x, y: 0 },
      { x, y },
      { x: 0, y },
    ];
  }
  const radius = ellipse?.radius ?? (circle && { x: circle.radius, y: circle.radius });
  if (!radius) return [];
  return Array.from({ length: roundCorners }, (_, index) => {
    const angle = (2 * Math.PI * index) / roundCorners;
    return { x: radius.x * Math.cos(angle), y: radius.y * Math.sin(angle) };
  });
}

function turn({ x, y }: Point, degrees: number): Point {
  const angle = (degrees * Math.PI) / 180;
  return { x: x * Math.cos(angle) - y * Math.sin(angle), y: x * Math.sin(angle) + y * Math.cos(angle) };
}

/** Colors by name are left to whoever draws. */
function plainColor(color: string | undefined): { color?: string } {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(color ?? '');
  if (short)
    return {
      color: `#${short
        .slice(1)
        .map((digit) => digit + digit)
        .join('')}`,
    };
  return color !== undefined && /^#[0-9a-f]{6}$/i.test(color) ? { color } : {};
}
