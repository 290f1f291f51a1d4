import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { RoomLineSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { isKnownToWait, readRoomLine } from '@ticketing/contracts/room-line';
import { standingInLine } from '@ticketing/contracts/standing';
import fc from 'fast-check';
import { release } from '../admission/release.ts';
import { endPlace, nobodyServed, type Serving } from '../admission/serving.ts';
import { takePass } from '../admission/take-pass.ts';
import { describeLine } from '../rooms/get-room-line.ts';
import { newRoom, type Room } from '../rooms/room.ts';
import { limits } from '../testing/test-line.ts';
import { standingOf } from './standing.ts';

const people = 60;
const positions = Array.from({ length: people }, (_, index) => index + 1);
const position = fc.integer({ min: 1, max: people });

/** What may happen in a room of `people` that is drawn in the order of joining, `now` milliseconds after the one before. */
const happenings = fc.array(
  fc.record({
    what: fc.constantFrom('release', 'come', 'leave', 'pay'),
    position,
    capacity: fc.integer({ min: 0, max: 20 }),
    ms: fc.nat(30_000),
  }),
  { maxLength: 60 },
);
const rooms = fc.record({
  opensAt: fc.constantFrom(0, 1_000_000),
  endsAt: fc.constantFrom(undefined, 500_000, 9_000_000),
  closed: fc.boolean(),
  paused: fc.boolean(),
});
type Happening = typeof happenings extends fc.Arbitrary<(infer H)[]> ? H : never;

function after(serving: Serving, { what, position, capacity }: Happening, now: number): Serving {
  const bounds = { ...limits, tail: people, capacity, now };
  if (what === 'release') return release(serving, bounds);
  if (what === 'come') return takePass(serving, position, bounds);
  const how = what === 'leave' ? 'left' : 'paid';
  return how === 'paid' && position > serving.serving ? serving : endPlace(serving, { joinNumber: position, position, how });
}

/** The line as it arrives at the gateway. */
function told(room: Room, serving: Serving, more: { soldOut: boolean; slowestRate: number; now: number }) {
  const message = create(RoomLineSchema, describeLine(room, serving, nobodyServed.gone, more));
  return readRoomLine(fromBinary(RoomLineSchema, toBinary(RoomLineSchema, message)));
}

describe('a place that is told by the line', () => {
  it('stands as the queue says, whoever was told when', () => {
    fc.assert(
      fc.property(happenings, rooms, fc.boolean(), fc.nat(1_000), (happened, change, soldOut, later) => {
        const room = { ...newRoom('concert', 0), ...change };
        let serving: Serving = { ...nobodyServed, drawn: people };
        let now = 1_000;
        const left = new Set<number>();
        const known = new Map<number, number>();
        for (const happening of happened) {
          now += happening.ms;
          // The person is told of the place now, if it is still there.
          if (!left.has(happening.position) && !known.has(happening.position)) known.set(happening.position, serving.departures.count);
          serving = after(serving, happening, now);
          if (happening.what === 'leave') left.add(happening.position);
        }
        const more = { soldOut, slowestRate: 0.25, now };
        const line = told(room, serving, more);
        for (const [position, departures] of known) {
          const waits = isKnownToWait(line, { epoch: room.epoch, joinNumber: position, position, departures });
          expect(waits).toBe(position > serving.serving && !left.has(position));
          if (!waits) continue;
          const place = { joinNumber: position, taken: false };
          const byQueue = standingOf({ place, position, serving, room, ...more, now: now + later });
          expect(standingInLine(line, { position, joinNumber: position }, now + later)).toEqual(byQueue);
        }
      }),
    );
  });

  it('stands as the queue says before the draw', () => {
    fc.assert(
      fc.property(rooms, fc.boolean(), fc.nat(2_000_000), (change, soldOut, now) => {
        const room = { ...newRoom('concert', 0), ...change };
        const more = { soldOut, slowestRate: 0.25, now };
        const line = told(room, nobodyServed, more);
        for (const joinNumber of positions) {
          const place = { joinNumber, taken: false };
          const byQueue = standingOf({ place, position: undefined, serving: nobodyServed, room, ...more });
          expect(standingInLine(line, { position: undefined, joinNumber }, now)).toEqual(byQueue);
        }
      }),
    );
  });
});
