import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { venues } from '../seed/venues.ts';
import { canonicalTimeZone, isCalendarTime, localDate, momentAt } from './venue-time.ts';

describe('localDate', () => {
  it.each([
    ['2027-03-01T15:00:00Z', 'Asia/Seoul', '2027-03-02'],
    ['2027-03-01T14:59:59Z', 'Asia/Seoul', '2027-03-01'],
    ['2027-03-01T04:59:59Z', 'America/New_York', '2027-02-28'],
    ['2027-03-01T05:00:00Z', 'America/New_York', '2027-03-01'],
    ['2026-12-31T23:59:59Z', 'Europe/London', '2026-12-31'],
    ['2026-12-31T10:00:00Z', 'Pacific/Kiritimati', '2027-01-01'],
    // In summer Paris is two hours ahead, in winter one.
    ['2027-07-01T22:30:00Z', 'Europe/Paris', '2027-07-02'],
    ['2027-01-01T22:30:00Z', 'Europe/Paris', '2027-01-01'],
  ])('%s in %s is %s', (moment, timeZone, date) => {
    expect(localDate(new Date(moment), timeZone)).toBe(date);
  });
});

describe('momentAt', () => {
  it.each([
    ['2027-03-02', '19:30', 'Asia/Seoul', '2027-03-02T10:30:00.000Z'],
    ['2027-07-04', '20:00', 'America/New_York', '2027-07-05T00:00:00.000Z'],
    ['2027-01-04', '20:00', 'America/New_York', '2027-01-05T01:00:00.000Z'],
    // The hour that comes twice: the first of them, in summer time.
    ['2027-11-07', '01:30', 'America/New_York', '2027-11-07T05:30:00.000Z'],
    // The hour that does not come: clocks jump from 02:00 to 03:00.
    ['2027-03-14', '02:30', 'America/New_York', '2027-03-14T07:30:00.000Z'],
    // The evening of the day on which clocks changed.
    ['2027-03-28', '20:00', 'Europe/London', '2027-03-28T19:00:00.000Z'],
  ])('%s %s in %s is %s', (date, time, timeZone, moment) => {
    expect(momentAt(date, time, timeZone).toISOString()).toBe(moment);
  });

  it('is on the date it was asked for, at every venue', () => {
    const day = fc.integer({ min: 0, max: 3_650 }).map((n) => new Date(Date.UTC(2026, 0, 1 + n)).toISOString().slice(0, 10));
    fc.assert(
      fc.property(day, fc.constantFrom(...Object.values(venues)), (date, { timeZone }) => {
        expect(localDate(momentAt(date, '19:30', timeZone), timeZone)).toBe(date);
      }),
    );
  });
});

describe('canonicalTimeZone', () => {
  it('knows zones in any case', () => {
    expect(canonicalTimeZone('asia/seoul')).toBe('Asia/Seoul');
  });

  it.each(['', 'Seoul', '+09:00', 'Asia/Atlantis', "'; DROP TABLE venues"])('refuses %j', (name) => {
    expect(canonicalTimeZone(name)).toBeUndefined();
  });
});

describe('isCalendarTime', () => {
  it.each([
    ['1999-12-31T23:59:59Z', false],
    ['2000-01-01T00:00:00Z', true],
    ['2999-12-31T23:59:59Z', true],
    ['9999-12-31T23:59:59Z', false],
  ])('%s: %s', (moment, fits) => {
    expect(isCalendarTime(new Date(moment))).toBe(fits);
  });
});
