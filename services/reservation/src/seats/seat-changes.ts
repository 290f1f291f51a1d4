export type SeatStatus = 'AVAILABLE' | 'HELD' | 'SOLD';

export interface SeatChange {
  seatId: string;
  status: SeatStatus;
}

/** What became different from one snapshot to the next. */
export interface Step {
  from: string;
  changes: SeatChange[];
}

interface Snapshot {
  etag: string;
  statuses: ReadonlyMap<string, SeatStatus>;
}

export function nextStep(before: Snapshot, after: Snapshot): Step {
  const changes = [...after.statuses].flatMap(([seatId, status]) => (before.statuses.get(seatId) === status ? [] : [{ seatId, status }]));
  return { from: before.etag, changes };
}

/**
 * What is different between two snapshots, each seat once with its last status.
 * @param steps in their order; the last one ends at `to`
 * @returns undefined when no step begins at `from`
 */
export function changesSince(from: string, to: string, steps: Step[]): SeatChange[] | undefined {
  if (from === to) return [];
  // A state may come back: the last time is the one with the fewest steps behind it.
  const first = steps.findLastIndex((step) => step.from === from);
  if (first === -1) return undefined;
  const statuses = new Map(steps.slice(first).flatMap(({ changes }) => changes.map(({ seatId, status }) => [seatId, status] as const)));
  return [...statuses].map(([seatId, status]) => ({ seatId, status }));
}
