import type { PlanRow } from '@ticketing/contracts/seat-plan';

export interface Point {
  x: number;
  y: number;
}

export interface PlacedSeat extends Point {
  number: number;
  category: string;
}

/** Seats that stand at any places, in as few rows of the normal form as describe them well. Their order stays. */
export function layInRows(seats: PlacedSeat[]): Omit<PlanRow, 'label'>[] {
  return cutByNumbers(seats).flatMap(fit);
}

/** Cuts where the category changes, or where the numbers do not go on by the same step. */
function cutByNumbers(seats: PlacedSeat[]): PlacedSeat[][] {
  const parts: PlacedSeat[][] = [];
  for (const seat of seats) {
    const part = parts.at(-1);
    if (part && goesOn(part, seat)) part.push(seat);
    else parts.push([seat]);
  }
  return parts;
}

function goesOn(part: PlacedSeat[], seat: PlacedSeat): boolean {
  const [first, second, last] = [part[0], part[1], part.at(-1)];
  if (!first || !last || last.category !== seat.category) return false;
  const step = seat.number - last.number;
  return second ? step === second.number - first.number : step !== 0 && Math.abs(step) <= 2;
}

// Of the distance between neighbours.
const mostOff = 0.2;
const widestGap = 1.5;

function fit(seats: PlacedSeat[]): Omit<PlanRow, 'label'>[] {
  const [first, second] = seats;
  if (!first) return [];
  const cut = findCut(seats);
  if (cut !== undefined) return [...fit(seats.slice(0, cut)), ...fit(seats.slice(cut))];
  const { dx, dy, bend } = curveOf(seats);
  const step = second ? second.number - first.number : 1;
  return [
    {
      x: roundTo(first.x, 1),
      y: roundTo(first.y, 1),
      dx: roundTo(dx, 3),
      dy: roundTo(dy, 3),
      ...(Math.abs(bend) >= 0.05 && { bend: roundTo(bend, 1) }),
      first: first.number,
      ...(step !== 1 && { step }),
      count: seats.length,
      category: first.category,
    },
  ];
}

/** Where seats that are no curve are best cut: at the widest gap, or in the middle. */
function findCut(seats: PlacedSeat[]): number | undefined {
  if (seats.length <= 2) return undefined;
  const gaps = seats.slice(1).map((seat, index) => distance(seat, seats[index] ?? seat));
  const usual = gaps.toSorted((one, other) => one - other)[Math.floor(gaps.length / 2)] ?? 0;
  const widest = Math.max(...gaps);
  if (widest > usual * widestGap) return gaps.indexOf(widest) + 1;
  const curve = curveOf(seats);
  const isOff = seats.some((seat, index) => distance(seat, pointOn(curve, seats.length, index)) > Math.max(0.1, usual * mostOff));
  return isOff ? Math.ceil(seats.length / 2) : undefined;
}

interface Curve extends Point {
  dx: number;
  dy: number;
  bend: number;
}

/** The parabola through both ends that is nearest to the seats between them. */
function curveOf(seats: PlacedSeat[]): Curve {
  const [first, last] = [seats[0] ?? { x: 0, y: 0 }, seats.at(-1) ?? { x: 0, y: 0 }];
  const steps = Math.max(1, seats.length - 1);
  const straight = { x: first.x, y: first.y, dx: (last.x - first.x) / steps, dy: (last.y - first.y) / steps, bend: 0 };
  const across = normalOf(straight);
  let [weighted, weights] = [0, 0];
  for (const [index, seat] of seats.entries()) {
    const on = pointOn(straight, seats.length, index);
    const weight = bendAt(seats.length, index);
    weighted += weight * ((seat.x - on.x) * across.x + (seat.y - on.y) * across.y);
    weights += weight * weight;
  }
  return { ...straight, bend: weights > 0 ? weighted / weights : 0 };
}

/** Where a seat of a row in the normal form stands. */
export function pointOn(row: Pick<PlanRow, 'x' | 'y' | 'dx' | 'dy' | 'bend'>, count: number, index: number): Point {
  const across = normalOf(row);
  const off = (row.bend ?? 0) * bendAt(count, index);
  return { x: row.x + index * row.dx + off * across.x, y: row.y + index * row.dy + off * across.y };
}

function bendAt(count: number, index: number): number {
  const t = count > 1 ? index / (count - 1) : 0;
  return 4 * t * (1 - t);
}

function normalOf({ dx, dy }: Pick<PlanRow, 'dx' | 'dy'>): Point {
  const length = Math.hypot(dx, dy);
  return length > 0 ? { x: -dy / length, y: dx / length } : { x: 0, y: 0 };
}

function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}

/** @param digits behind the point; never −0 */
export function roundTo(value: number, digits: number): number {
  return Number(value.toFixed(digits)) + 0;
}
