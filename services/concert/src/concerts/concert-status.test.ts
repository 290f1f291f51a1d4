import { describe, expect, it } from '@jest/globals';
import { concertStatus } from './concert-status.ts';

const state = 'PUBLISHED';

const saleOpensAt = new Date('2027-01-01T11:00:00Z');
const lastStartsAt = new Date('2027-02-07T09:00:00Z');
const statusAt = (now: string, last: Date | undefined = lastStartsAt) =>
  concertStatus({ state, saleOpensAt, lastStartsAt: last }, new Date(now));

describe('concertStatus', () => {
  it.each([
    ['2027-01-01T10:59:59.999Z', 'SCHEDULED'],
    ['2027-01-01T11:00:00Z', 'ON_SALE'],
    ['2027-02-07T08:59:59.999Z', 'ON_SALE'],
    ['2027-02-07T09:00:00Z', 'ENDED'],
  ])('at %s is %s', (now, status) => {
    expect(statusAt(now)).toBe(status);
  });

  it('does not end while no performance is scheduled', () => {
    expect(concertStatus({ state, saleOpensAt, lastStartsAt: undefined }, new Date('2030-01-01T00:00:00Z'))).toBe('ON_SALE');
  });

  it('has ended even if the sale was never to open', () => {
    expect(concertStatus({ state, saleOpensAt: new Date('2028-01-01T00:00:00Z'), lastStartsAt }, new Date('2027-03-01T00:00:00Z'))).toBe(
      'ENDED',
    );
  });

  it.each(['DRAFT', 'CANCELLED'] as const)('of one that is %s is that, whatever the clock says', (life) => {
    for (const now of ['2026-01-01T00:00:00Z', '2027-01-02T00:00:00Z', '2030-01-01T00:00:00Z']) {
      expect(concertStatus({ state: life, saleOpensAt, lastStartsAt }, new Date(now))).toBe(life);
    }
  });
});
