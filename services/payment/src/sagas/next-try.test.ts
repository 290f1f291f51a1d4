import { describe, expect, it } from '@jest/globals';
import { isLastQuickTry, nextTry } from './next-try.ts';

const slow = { tries: 4, seconds: 20 };

describe('nextTry', () => {
  it('is soon for three tries, then slow, then not before an operator wants it', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((tries) => nextTry(tries, slow))).toEqual([
      { pace: 'quick', seconds: 1 },
      { pace: 'quick', seconds: 2 },
      { pace: 'slow', seconds: 20 },
      { pace: 'slow', seconds: 20 },
      { pace: 'slow', seconds: 20 },
      { pace: 'slow', seconds: 20 },
      { pace: 'parked' },
    ]);
  });

  it('calls somebody once', () => {
    expect([1, 2, 3, 4, 5].filter(isLastQuickTry)).toEqual([3]);
  });
});
