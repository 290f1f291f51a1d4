import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { changesSince, nextStep, type SeatStatus, type Step } from './seat-changes.ts';

const statuses = fc.constantFrom<SeatStatus>('AVAILABLE', 'HELD', 'SOLD');
const states = fc.array(fc.array(statuses, { minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 12 });

/** Snapshots whose ETag is what they show, as hashes are. */
function snapshotsOf(all: SeatStatus[][]) {
  const snapshots = all.map((seats) => ({ etag: seats.join(), statuses: new Map(seats.map((status, seat) => [`seat-${seat}`, status])) }));
  return snapshots.filter((snapshot, index) => snapshot.etag !== snapshots[index - 1]?.etag);
}

describe('seat changes', () => {
  it('lead from any known snapshot to the last one', () => {
    fc.assert(
      fc.property(states, (all) => {
        const snapshots = snapshotsOf(all);
        const last = snapshots.at(-1)!;
        const steps = snapshots.slice(1).map((snapshot, index): Step => nextStep(snapshots[index]!, snapshot));
        for (const known of snapshots) {
          const seen = new Map(known.statuses);
          for (const { seatId, status } of changesSince(known.etag, last.etag, steps)!) seen.set(seatId, status);
          expect(seen).toEqual(last.statuses);
        }
      }),
    );
  });

  it('are unknown for a snapshot that is too old, and none for the last one', () => {
    expect(changesSince('old', 'new', [{ from: 'other', changes: [] }])).toBeUndefined();
    expect(changesSince('new', 'new', [])).toEqual([]);
  });
});
