import { describe, expect, it } from '@jest/globals';
import { scanTime } from './admission.ts';

const startsAt = new Date('2031-05-01T10:00:00Z');
const at = (time: string) => new Date(`2031-05-${time}Z`);
const evening = { startsAt, now: at('01T09:30:00') };

describe('the time of a scan', () => {
  it('is now where nothing is told', () => {
    expect(scanTime(evening, undefined)).toEqual(evening.now);
  });

  it.each(['01T09:31:00', '01T08:00:00', '01T00:00:00'])('may be %s', (time) => {
    expect(scanTime(evening, at(time))).toEqual(at(time));
  });

  it.each(['01T09:31:01', '03T00:00:00'])('is not in the future: %s', (time) => {
    expect(scanTime(evening, at(time))).toBeUndefined();
  });

  it('is not before the day', () => {
    expect(scanTime(evening, new Date('2031-04-30T10:00:00Z'))).toBeDefined();
    expect(scanTime(evening, new Date('2031-04-30T09:59:59Z'))).toBeUndefined();
  });

  it('may be before the day where it is now: somebody tries out the gate', () => {
    const early = { startsAt, now: new Date('2031-04-01T10:00:00Z') };
    expect(scanTime(early, undefined)).toEqual(early.now);
    expect(scanTime(early, new Date('2031-04-01T09:59:30Z'))).toBeDefined();
    expect(scanTime(early, new Date('2031-04-01T09:58:30Z'))).toBeUndefined();
  });

  it('is not after the day, but may be told then', () => {
    const after = { startsAt, now: at('03T12:00:00') };
    expect(scanTime(after, undefined)).toBeUndefined();
    expect(scanTime(after, at('01T10:05:00'))).toBeDefined();
  });
});
