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

const names = ['kill -9 Redis', 'kill -9 Kafka', 'kill -9 MariaDB'];

it('has a row for each fault that was tried, and says how many were clean', () => {
  const table = faultTable('', [bad, good], names);
  expect(table).toContain('2 of the 3 faults were tried, each row is of the last time: 1 left the books clean');
  expect(table).toContain(
    '| kill -9 | kill -9 Redis | a / b | 7 | clean after 3.2 s |\n| kill -9 | kill -9 Kafka | a / b | 7 | NOT CLEAN |',
  );
});

it('keeps the rows of faults that were not tried this time, and drops those that there are no more', () => {
  const before = faultTable('', [good, bad, { ...good, name: 'kill -9 Zipkin' }], [...names, 'kill -9 Zipkin']);
  const table = faultTable(
    before,
    [
      { ...bad, passed: true },
      { ...good, name: 'kill -9 MariaDB' },
    ],
    names,
  );
  expect(table).toContain('3 of the 3 faults were tried, each row is of the last time: 3 left the books clean');
  expect(table).not.toContain('Zipkin');
});

it('shows the rows that offend', () => {
  expect(describeOutcome(good)).toBe('✓ kill -9 Redis (12 s): a | b; 7 bought, clean 3.2 s after healing');
  expect(describeOutcome(bad).split('\n')).toEqual([
    '✗ kill -9 Kafka (12 s): a | b; 7 bought',
    '  3 sold + held + free = capacity',
    '    {"seat":"ab"}',
  ]);
});
