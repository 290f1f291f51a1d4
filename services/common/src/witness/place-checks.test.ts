import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { findBadPasses } from './admission-checks.ts';
import { drawAgain } from './draw-order.ts';
import { countUpTo, isInRanges, readNumberRanges } from './number-ranges.ts';
import { findOtherDraw, findOtherRoom, PlaceCount } from './place-checks.ts';
import type { Place, Room } from './rooms.ts';

const drawSeed = '01'.repeat(32);
const registration = {
  ...{ concertId: 'c', epoch: 'e', restarts: 0, registeredAt: '2026-01-01T00:00:00.000Z', over: false, forgets: false },
  drawCommitment: createHash('sha256').update(Buffer.from(drawSeed, 'hex')).digest('hex'),
};
const room: Room = {
  ...{ concertId: 'c', epoch: 'e', paused: false, closed: false, drawSeed, registration },
  line: { tail: 4, drawn: 3, batch: { userIds: [] } },
  absences: { joinNumbers: [{ from: 2, to: 3 }] },
  admission: { drawn: 3, absent: 1, serving: 2, passes: [], gone: [], calls: [] },
};
const place = (joinNumber: number, rest: Partial<Place> = {}): Place => ({ epoch: 'e', joinNumber, taken: false, taking: 1, ...rest });
const person = (number: number): string => number.toString(16).padStart(32, '0');

function found(of: Room, ...places: [string, Place][]): unknown[] {
  const count = new PlaceCount(of);
  for (const [id, one] of places) count.add(id, one);
  return [...count.rows, ...count.missing()];
}

describe('a set of numbers', () => {
  it('is read as the waiting rooms write it', () => {
    // 3, 4 and 300: edges at 3, 5, 300 and 301.
    const ranges = readNumberRanges(Buffer.from([3, 2, 128 + (295 % 128), 2, 1]).toString('base64'));
    expect(ranges).toEqual([
      { from: 3, to: 5 },
      { from: 300, to: 301 },
    ]);
    expect([countUpTo(ranges, 2), countUpTo(ranges, 3), countUpTo(ranges, 1_000)]).toEqual([0, 1, 3]);
    expect([2, 3, 4, 5, 300].filter((number) => isInRanges(ranges, number))).toEqual([3, 4, 300]);
  });
});

describe('places', () => {
  const good: [string, Place][] = [
    [person(1), place(1)],
    [person(2), place(2)],
    [person(3), place(3)],
    [person(4), place(4, { position: 3 })],
  ];
  const changed = (index: number, change: Partial<Place>): [string, Place][] =>
    good.map(([id, one], at): [string, Place] => (at === index ? [id, { ...one, ...change }] : [id, one]));

  it('are what was joined, however often one is shown', () => {
    expect(found(room, ...good, ...good)).toEqual([]);
  });

  it('are not had by two, not behind the end, and follow from the join number behind the draw', () => {
    expect(found(room, ...good, [person(9), place(1)])).toContainEqual(expect.objectContaining({ join_number: 1, same_as: person(1) }));
    expect(found(room, ...good, [person(9), place(5, { position: 4 })])).toContainEqual(expect.objectContaining({ behind_the_end: 4 }));
    expect(found(room, ...changed(3, { position: undefined }))).toEqual([expect.objectContaining({ place: null, wanted: 3 })]);
    expect(found(room, ...changed(3, { position: 4 }))).toEqual([expect.objectContaining({ place: 4, wanted: 3 })]);
    expect(found(room, ...changed(0, { position: 1 }))).toEqual([expect.objectContaining({ place: 1, wanted: null })]);
    expect(found(room, ...changed(1, { taken: true }))).toEqual([
      expect.objectContaining({ join_number: 2, let_in: 'but had left before the draw' }),
    ]);
  });

  it('are not lost; who joined again has another one, and the last batch is written by who comes next', () => {
    expect(found(room, ...good.slice(1))).toEqual([{ room: 'c', joined: 4, places: 3 }]);
    expect(found(room, ...changed(3, { taking: 2 }).slice(1))).toEqual([]);
    const interrupted = { ...room, line: { ...room.line, batch: { userIds: [person(4)] } } };
    expect(found(interrupted, ...good.slice(0, 3))).toEqual([]);
    expect(found({ ...room, registration: { ...registration, forgets: true } }, ...good.slice(1))).toEqual([]);
  });

  it('of a million people are counted', () => {
    const size = 1_000_000;
    const count = new PlaceCount({
      ...room,
      line: { tail: size, drawn: 0, batch: { userIds: [] } },
      admission: { ...room.admission, absent: 0 },
    });
    for (let number = 1; number <= size; number += 1) count.add(person(number), place(number, { position: number }));
    expect([...count.rows, ...count.missing()]).toEqual([]);
    count.add(person(0), place(size, { position: size }));
    expect(count.rows).toHaveLength(1);
  });
});

describe('a room', () => {
  it('is the one that was registered', () => {
    expect(findOtherRoom(room)).toEqual([]);
    expect(findOtherRoom({ ...room, epoch: 'f' })).toEqual([{ room: 'c', epoch: 'f', registered_epoch: 'e' }]);
    expect(findOtherRoom({ ...room, drawSeed: '02'.repeat(32) })).toEqual([
      expect.objectContaining({ registered_commitment: registration.drawCommitment }),
    ]);
  });

  it('was drawn once, without who had left', () => {
    expect(findOtherDraw(room)).toEqual([]);
    expect(findOtherDraw({ ...room, admission: { ...room.admission, drawn: 2 } })).toHaveLength(1);
    expect(findOtherDraw({ ...room, admission: { ...room.admission, absent: 0 } })).toHaveLength(1);
    expect(findOtherDraw({ ...room, admission: { ...room.admission, drawn: undefined, absent: 0 } })).toHaveLength(1);
    const unserved = { ...room.admission, drawn: undefined, absent: 0, serving: 0 };
    expect(findOtherDraw({ ...room, admission: unserved })).toEqual([]);
  });

  it('lets in no more than it has room for, and only who was called', () => {
    const passes = (...live: [number, number][]): Room => ({ ...room, admission: { ...room.admission, passes: live } });
    expect(findBadPasses(passes([1, 20], [2, 5]), 1, 10)).toEqual([]);
    expect(findBadPasses(passes([1, 20], [2, 20]), 1, 10)).toEqual([{ room: 'c', passes: 2, capacity: 1 }]);
    expect(findBadPasses(passes([1, 20], [1, 20]), 5, 10)).toEqual([{ room: 'c', passes: 2, of_places: 1 }]);
    expect(findBadPasses(passes([3, 20]), 5, 10)).toEqual([{ room: 'c', pass_of_place: 3, called_up_to: 2 }]);
    expect(findBadPasses({ ...room, admission: { ...room.admission, serving: 4 } }, 5, 10)).toEqual([
      { room: 'c', called_up_to: 4, last_place: 3 },
    ]);
  });
});

describe('a draw', () => {
  it('is made again from its seed: the smallest lots are first, and who had left has none', () => {
    const absent = [{ from: 4, to: 6 }];
    const lotOf = (joinNumber: number): string => {
      const number = Buffer.alloc(4);
      number.writeUInt32BE(joinNumber);
      return createHash('sha256')
        .update(Buffer.concat([Buffer.from(drawSeed, 'hex'), number]))
        .digest('hex');
    };
    const numbers = Array.from({ length: 50 }, (_, index) => index + 1);
    const order = numbers.filter((number) => !isInRanges(absent, number)).sort((a, b) => (lotOf(a) < lotOf(b) ? -1 : 1));
    const isAmongFirst = drawAgain(drawSeed, 50, absent);
    for (const places of [0, 1, 7, 48, 50]) {
      expect(numbers.filter((number) => isAmongFirst(number, places))).toEqual(order.slice(0, places).sort((a, b) => a - b));
    }
  });
});
