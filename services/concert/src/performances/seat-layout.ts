import { type Refusal, refuse } from '@ticketing/common/refusal';
import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';

const section = z.object({
  name: z
    .string()
    .trim()
    .min(1)
    .refine((name) => Array.from(name).length <= limits.sectionName, `Must not be longer than ${limits.sectionName} characters`),
  rows: z.int().min(1).max(limits.rows),
  seatsPerRow: z.int().min(1).max(limits.seatsPerRow),
  /** KRW per seat. */
  price: z.int().min(0).max(limits.price),
});

const sections = z.array(section).min(1).max(limits.sections);

export interface SeatLayout {
  sections: z.infer<typeof section>[];
  totalSeats: number;
  /** KRW; the cheapest and the dearest section. */
  priceFrom: number;
  priceTo: number;
}

/** The layout of a performance in numbers, or the refusal `invalid-layout` with what is wrong. */
export function planLayout(wanted: { name: string; rows: number; seatsPerRow: number; price: number | bigint }[]): SeatLayout | Refusal {
  const parsed = sections.safeParse(
    wanted.map(({ name, rows, seatsPerRow, price }) => ({ name: name.normalize('NFC'), rows, seatsPerRow, price: Number(price) })),
  );
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${['sections', ...issue.path].join('.')}: ${issue.message}`);
    return refuse('invalid-layout', problems.join('; '));
  }
  const layout = parsed.data;
  if (new Set(layout.map(({ name }) => name)).size < layout.length) {
    return refuse('invalid-layout', 'Two sections have the same name.');
  }
  const totalSeats = layout.reduce((sum, { rows, seatsPerRow }) => sum + rows * seatsPerRow, 0);
  if (totalSeats > limits.seats) {
    return refuse('invalid-layout', `A performance has at most ${limits.seats} seats; this layout has ${totalSeats}.`);
  }
  const prices = layout.map(({ price }) => price);
  return { sections: layout, totalSeats, priceFrom: Math.min(...prices), priceTo: Math.max(...prices) };
}
