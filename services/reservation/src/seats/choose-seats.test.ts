import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chooseSeats, type FreeSeat } from './choose-seats.ts';

const seatsPerRow = 10;

function freeSeat(position: number): FreeSeat {
  const row = Math.floor(position / seatsPerRow);
  return {
    id: `seat-${position}`,
    section: row < 3 ? 'Floor' : 'Balcony',
    row: String(row),
    number: (position % seatsPerRow) + 1,
    position,
  };
}

const freeSeats = fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { maxLength: 60 }).map((all) => all.sort((a, b) => a - b).map(freeSeat));
const quantity = fc.integer({ min: 1, max: 4 });

function areTogether(seats: FreeSeat[]): boolean {
  return seats.every((seat, index) => index === 0 || (seat.position === seats[index - 1]!.position + 1 && seat.row === seats[0]!.row));
}

describe('chooseSeats', () => {
  it('finds as many free seats as asked, or none', () => {
    fc.assert(
      fc.property(freeSeats, quantity, (free, wanted) => {
        const chosen = chooseSeats(free, wanted);
        if (free.length < wanted) return chosen === undefined;
        const ids = new Set(free.map((seat) => seat.id));
        return chosen?.length === wanted && new Set(chosen).size === wanted && chosen.every((seat) => ids.has(seat.id));
      }),
    );
  });

  it('keeps people together wherever a row has room for them', () => {
    fc.assert(
      fc.property(freeSeats, quantity, (free, wanted) => {
        const possible = free.some((_, start) => {
          const window = free.slice(start, start + wanted);
          return window.length === wanted && areTogether(window);
        });
        fc.pre(possible);
        return areTogether(chooseSeats(free, wanted)!);
      }),
    );
  });

  it('takes the front row first', () => {
    expect(chooseSeats([3, 11, 12, 21, 22].map(freeSeat), 2)?.map((seat) => seat.position)).toEqual([11, 12]);
  });

  it('takes the closest seats where nobody can sit together', () => {
    expect(chooseSeats([0, 9, 11, 30].map(freeSeat), 2)?.map((seat) => seat.position)).toEqual([9, 11]);
  });

  it('does not call the last seat of a row and the first of the next neighbours', () => {
    expect(chooseSeats([9, 10, 15, 16].map(freeSeat), 2)?.map((seat) => seat.position)).toEqual([15, 16]);
  });
});
