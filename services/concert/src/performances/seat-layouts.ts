import { idToBinary, type Queryable } from '@ticketing/common/database';
import { type ReadyJson, readyJson } from '@ticketing/common/ready-json';
import { createTimedCache } from '@ticketing/common/timed-cache';
import { planOfRectangles, type Rectangle, type SeatPlan, seatPlan } from '@ticketing/contracts/seat-plan';

/** Where the seats of performances are, as it goes to clients. */
export interface SeatLayouts {
  /** Undefined when there is no such performance. */
  get: (performanceId: string) => Promise<ReadyJson | undefined>;
}

interface SectionRow {
  name: string;
  row_count: number;
  seats_per_row: number;
  price: number;
}

// A layout never changes. What nobody asks for makes room.
const ttlMs = 3_600_000;
const unknownMs = 1_000;
const mostLayouts = 1_000;
const mostBytes = 48 * 2 ** 20;

export function createSeatLayouts(db: Queryable): SeatLayouts {
  // Ids that do not exist are remembered too, hence the wrapping.
  const cache = createTimedCache<{ found: ReadyJson | undefined }>({
    ttlMs: ({ found }) => (found ? ttlMs : unknownMs),
    max: mostLayouts,
    // Twice: once more for what is compressed of it.
    size: { most: mostBytes, of: ({ found }) => 1_000 + 2 * (found?.json.byteLength ?? 0) },
    load: async (id) => {
      const plan = await loadPlan(db, id);
      return { found: plan && readyJson({ performanceId: id, ...describeLayout(plan) }, { brotli: 11 }) };
    },
  });
  return { get: async (performanceId) => (await cache.get(performanceId, undefined)).found };
}

/** The seats of a performance, whether it was put on the calendar with a plan or with rectangles. */
async function loadPlan(db: Queryable, performanceId: string): Promise<SeatPlan | undefined> {
  const id = idToBinary(performanceId);
  const [row] = await db.query<{ plan: string }>('SELECT plan FROM performance_plans WHERE performance_id = ?', [id]);
  if (row) return seatPlan.parse(JSON.parse(row.plan));
  const sections = await db.query<SectionRow>(
    'SELECT name, row_count, seats_per_row, price FROM performance_sections WHERE performance_id = ? ORDER BY position',
    [id],
  );
  const rectangles = sections.map(
    ({ name, row_count: rows, seats_per_row: seatsPerRow, price }): Rectangle => ({ name, rows, seatsPerRow, price }),
  );
  return rectangles.length === 0 ? undefined : planOfRectangles(rectangles);
}

/** The plan as it is shown: each section says at which position it begins. */
export function describeLayout({ stage, categories, sections }: SeatPlan) {
  let position = 0;
  return {
    ...(stage && { stage }),
    categories,
    sections: sections.map((section) => {
      const from = position;
      position += section.rows.reduce((sum, { count }) => sum + count, 0);
      return { position: from, ...section };
    }),
    totalSeats: position,
  };
}
