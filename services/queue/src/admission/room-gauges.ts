import { observeGauges } from '@ticketing/common/telemetry';
import { releaseRate } from '@ticketing/contracts/standing';
import { LRUCache } from 'lru-cache';
import { countWaiting, livePasses, type Serving } from './serving.ts';

interface Seen {
  tail: number;
  serving: Serving;
}

const roomsKept = 1_000;
// The releaser looks at a room that has anything going on every few seconds. An instance that is no longer the releaser reports nothing.
const freshMs = 10_000;

/** Reports the numbers of each room as the releaser found them last. @returns takes them */
export function observeRooms(clock: () => number): (room: { concertId: string }, tail: number, serving: Serving) => void {
  const rooms = new LRUCache<string, Seen>({ max: roomsKept, ttl: freshMs });
  const report = (name: string, description: string, read: (seen: Seen) => number): void =>
    observeGauges(name, description, () => [...rooms.entries()].map(([room, seen]) => ({ value: read(seen), attributes: { room } })));

  report('ticketing_queue_waiting', 'People who wait in a room', ({ tail, serving }) => countWaiting(serving, tail));
  report('ticketing_queue_serving', 'The last place of a room that was called', ({ serving }) => serving.serving);
  report('ticketing_queue_active', 'Passes of a room that are good', ({ serving }) => livePasses(serving, clock()));
  report('ticketing_queue_released_per_second', 'Places of a room that are called per second', ({ serving }) =>
    releaseRate(serving, clock()),
  );
  report('ticketing_queue_no_show_rate', 'Smoothed share of calls of a room that are missed', ({ serving }) => serving.noShowRate);
  return ({ concertId }, tail, serving) => {
    rooms.set(concertId, { tail, serving });
  };
}
