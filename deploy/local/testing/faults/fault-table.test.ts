import { expect, it } from '@jest/globals';
import { faultTable } from './fault-table.ts';
import { describeOutcome } from './run-case.ts';

const verdict = { offences: [], settledAfterMs: 3_210 };
const good = {
  name: 'kill -9 Redis',
  kind: 'kill -9' as const,
  seen: 'a | b',
  failure: undefined,
  verdict,
  passed: true,
  bought: 7,
  seconds: 12,
};
const bad = {
  ...good,
  name: 'kill -9 Kafka',
  passed: false,
  verdict: { ...verdict, offences: [{ invariant: '3 sold + held + free = capacity', rows: [{ seat: 'ab' }] }] },
};

it('has a row for each fault, and says how many were clean', () => {
  const table = faultTable([good, bad], 2, 70);
  expect(table).toContain('tried 2 of the 70 faults, in 2 minutes: 1 left the books clean');
  expect(table).toContain('| kill -9 | kill -9 Redis | a / b | 7 | clean after 3.2 s |');
  expect(table).toContain('| kill -9 | kill -9 Kafka | a / b | 7 | NOT CLEAN |');
});

it('shows the rows that offend', () => {
  expect(describeOutcome(good)).toBe('✓ kill -9 Redis (12 s): a | b; 7 bought, clean 3.2 s after healing');
  expect(describeOutcome(bad).split('\n')).toEqual([
    '✗ kill -9 Kafka (12 s): a | b; 7 bought',
    '  3 sold + held + free = capacity',
    '    {"seat":"ab"}',
  ]);
});
