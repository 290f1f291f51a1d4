import { describe, expect, it } from '@jest/globals';
import { formatFindings, isClean } from './run-witness.ts';

const fine = { invariant: 'sold + held + free = capacity', offending: [] };

describe('findings', () => {
  it('are clean when no row offends', () => {
    expect(isClean([fine, fine])).toBe(true);
    expect(formatFindings([fine])).toBe('  ok    sold + held + free = capacity');
  });

  it('show the verdicts first and the offending rows below', () => {
    const broken = { invariant: 'no wallet is negative', offending: [{ person: 'ab12', balance: -1, failure: null }] };
    expect(isClean([fine, broken])).toBe(false);
    expect(formatFindings([broken, fine]).split('\n')).toEqual([
      '  FAIL  no wallet is negative',
      '  ok    sold + held + free = capacity',
      '        {"person":"ab12","balance":-1,"failure":null}',
    ]);
  });

  it('show ten rows of many', () => {
    const offending = Array.from({ length: 50 }, (_, seat) => ({ seat }));
    expect(formatFindings([{ invariant: 'one live owner', offending }]).split('\n')).toHaveLength(11);
  });
});
