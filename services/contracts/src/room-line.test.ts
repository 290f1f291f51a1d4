import { describe, expect, it } from '@jest/globals';
import { NumberSet, noNumbers } from './number-set.ts';
import { type FollowedLine, isKnownToWait, type KnownPlace } from './room-line.ts';

const line: FollowedLine = {
  epoch: 'one',
  opensAt: 0,
  paused: false,
  closed: false,
  soldOut: false,
  drawn: true,
  absent: noNumbers,
  serving: 10,
  front: 0,
  gone: noNumbers,
  departures: { count: 5, recent: [41, 42, 43] },
  rate: { perSecond: 0, at: 0 },
  slowestRate: 1,
};
const place: KnownPlace = { epoch: 'one', joinNumber: 30, position: 30, departures: 5 };
const undrawn = { ...place, position: undefined };

describe('a place that was told once', () => {
  it.each<[boolean, string, Partial<FollowedLine>, KnownPlace]>([
    [true, 'behind those who are called', {}, place],
    [false, 'that is called', { serving: 30 }, place],
    [false, 'that was called long ago', { serving: 50 }, place],
    [false, 'of a room that was lost', { epoch: 'two' }, place],
    [true, 'whose owner is not among those who left since', {}, { ...place, departures: 2 }],
    [false, 'whose owner left since', {}, { ...place, joinNumber: 42, departures: 2 }],
    [true, 'whose owner’s number left before it was taken', {}, { ...place, joinNumber: 42, departures: 4 }],
    [false, 'after which more left than are named', {}, { ...place, departures: 1 }],
    [false, 'that the line is too old for', {}, { ...place, departures: 6 }],
    [true, 'before the draw', { drawn: false, serving: 0 }, undrawn],
    [false, 'before the draw, whose owner is away', { drawn: false, absent: NumberSet.parse('').with(30) }, undrawn],
    [false, 'that was drawn since', {}, undrawn],
  ])('waits: %s, %s', (waits, _name, change, known) => {
    expect(isKnownToWait({ ...line, ...change }, known)).toBe(waits);
  });
});
