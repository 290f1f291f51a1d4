import { describe, expect, it } from '@jest/globals';
import { seatsLeft } from './seats-left.ts';

describe('the seats that are left', () => {
  it('are unknown without performances', () => {
    expect(seatsLeft([])).toEqual({ seats: undefined, soldOut: false });
  });

  it('are sold out when none is free and none is held', () => {
    expect(seatsLeft([{ total: 10, available: 0, held: 0 }])).toEqual({ seats: { available: 0, held: 0 }, soldOut: true });
    expect(seatsLeft([{ total: 10, available: 0, held: 1 }])).toEqual({ seats: { available: 0, held: 1 }, soldOut: false });
    expect(
      seatsLeft([
        { total: 10, available: 0, held: 0 },
        { total: 5, available: 2, held: 0 },
      ]),
    ).toEqual({ seats: { available: 2, held: 0 }, soldOut: false });
  });
});
