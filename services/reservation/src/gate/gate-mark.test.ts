import { describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { decodeMark, encodeMark } from './gate-mark.ts';

const [performanceId, other] = [newId(), newId()];

describe('a mark', () => {
  it.each([0, 1, 123_456_789])('keeps its place: %i', (seq) => {
    expect(decodeMark(performanceId, encodeMark(performanceId, seq))).toBe(seq);
  });

  it.each([encodeMark(other, 5), encodeMark(performanceId, -1), 'x', '', Buffer.from(performanceId).toString('base64url')])(
    'is not taken from elsewhere: %s',
    (mark) => {
      expect(decodeMark(performanceId, mark)).toBeUndefined();
    },
  );
});
