import type { ServiceName } from '../../services.ts';
import type { Change } from './build-mutant.ts';

/** A guard that is taken out of a copy of the build, and the faults of which at least one must find that out. */
export interface Mutant {
  guard: string;
  changes: Change[];
  /** Whose instances run the copy. */
  services: ServiceName[];
  cases: string[];
}

export const mutants: readonly Mutant[] = [
  {
    guard: 'conditional update of seats: only what is free can be held',
    changes: [
      {
        file: 'reservation/dist/reservations/place-hold.js',
        text: "const canBeHad = `(status = 'AVAILABLE' OR (status = 'HELD' AND hold_expires_at <= UTC_TIMESTAMP(3)))`;",
        replacement: 'const canBeHad = `(1 = 1)`;',
      },
    ],
    services: ['reservation'],
    cases: ['many at one seat while Redis is out'],
  },
  {
    guard: 'row of the per-person cap: orders of one person take turns',
    changes: [
      {
        file: 'reservation/dist/reservations/place-hold.js',
        text: "'INSERT INTO person_limits (performance_id, user_id) VALUES (?, ?) ON DUPLICATE KEY UPDATE orders = orders + 1'",
        replacement: "'DO 0'",
      },
    ],
    services: ['reservation'],
    cases: ['one person orders many times at once'],
  },
  {
    guard: 'ETag of the line: one compare-and-set gives a place',
    changes: [
      {
        file: 'queue/dist/state/swap-state.js',
        text: 'await store.updateState(key, wanted, entry.etag)',
        replacement: 'await store.updateState(key, wanted, (await store.getState(key)).etag)',
      },
    ],
    services: ['queue'],
    cases: ['many join one room at once, through two instances'],
  },
];
