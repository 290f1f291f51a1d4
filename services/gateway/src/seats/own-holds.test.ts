import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from '@jest/globals';
import { createOwnHolds } from './own-holds.ts';

const start = Date.parse('2027-01-01T00:00:00Z');

function ownHolds() {
  let time = start;
  const holds = createOwnHolds(() => time);
  const hold = (id: string, seatIds: string[], { performanceId = 'p', seconds = 300 } = {}): void =>
    holds.add('fan', {
      id,
      performanceId,
      concertId: 'c',
      amount: 5_000n,
      seats: seatIds.map((seatId) => ({ id: seatId })),
      expiresAt: timestampFromMs(time + seconds * 1_000),
    });
  const after = (ms: number): string[] => {
    time += ms;
    return [...holds.seatsOf('fan', 'p')];
  };
  return { holds, hold, after };
}

describe('own holds', () => {
  it('are remembered together, by person and performance', () => {
    const { holds, hold, after } = ownHolds();
    hold('r1', ['a', 'b']);
    hold('r2', ['c']);
    hold('r3', ['d'], { performanceId: 'other' });
    expect(after(0)).toEqual(['a', 'b', 'c']);
    expect([...holds.seatsOf('stranger', 'p')]).toEqual([]);
  });

  it('are forgotten one by one when they are let go', () => {
    const { holds, hold, after } = ownHolds();
    hold('r1', ['a']);
    hold('r2', ['b']);
    holds.drop('stranger', 'r1');
    holds.drop('fan', 'r1');
    expect(after(0)).toEqual(['b']);
  });

  it('tell what a hold of the person costs until it ends or is let go', () => {
    const { holds, hold, after } = ownHolds();
    hold('r1', ['a']);
    hold('r2', ['b']);
    after(299_999);
    expect(holds.find('fan', 'r1')).toMatchObject({ performanceId: 'p', concertId: 'c', amount: 5_000n });
    expect(holds.find('stranger', 'r1')).toBeUndefined();
    holds.drop('fan', 'r2');
    expect(holds.find('fan', 'r2')).toBeUndefined();
    after(1);
    expect(holds.find('fan', 'r1')).toBeUndefined();
  });

  it('are not added to a seat map after four seconds, or after their end', () => {
    const { hold, after } = ownHolds();
    hold('r1', ['a']);
    hold('r2', ['b'], { seconds: 1 });
    expect(after(999)).toEqual(['a', 'b']);
    expect(after(1)).toEqual(['a']);
    expect(after(2_999)).toEqual(['a']);
    expect(after(1)).toEqual([]);
  });
});
