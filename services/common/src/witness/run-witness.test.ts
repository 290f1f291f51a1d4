import { describe, expect, it } from '@jest/globals';
import { unmatched } from './check.ts';
import type { Finding } from './invariants.ts';
import { exitCodeOf, formatFindings, isClean, stillOffending } from './run-witness.ts';
import { configFromEnvironment } from './witness-config.ts';

const fine = { number: 3, invariant: 'sold + held + free = capacity', offending: [], unseen: [] };

describe('findings', () => {
  it('are clean when no row offends', () => {
    expect(isClean([fine, fine])).toBe(true);
    expect(formatFindings([fine])).toBe('   3  ok    sold + held + free = capacity');
  });

  it('show the verdicts first and the offending rows below', () => {
    const broken = { ...fine, number: 7, invariant: 'no wallet is negative', offending: [{ person: 'ab12', balance: -1, failure: null }] };
    expect(isClean([fine, broken])).toBe(false);
    expect(formatFindings([broken, fine]).split('\n')).toEqual([
      '   7  FAIL  no wallet is negative',
      '   3  ok    sold + held + free = capacity',
      '   7        {"person":"ab12","balance":-1,"failure":null}',
    ]);
  });

  it('are what every look has found: what is under way changes from look to look', () => {
    const look = (...rows: Finding['offending']): Finding[] => [{ ...fine, offending: rows }];
    const stuck = { saga: 's1', attempts: 3 };
    const later = { saga: 's1', attempts: 4 };
    expect(stillOffending(look(stuck, { event: 'e1' }), look({ event: 'e2' }, later))).toEqual(look(later));
    expect(isClean(stillOffending(look({ event: 'e1' }), look({ event: 'e2' })))).toBe(true);
  });

  it('show ten rows of many', () => {
    const offending = Array.from({ length: 50 }, (_, seat) => ({ seat }));
    expect(formatFindings([{ ...fine, offending }]).split('\n')).toHaveLength(12);
  });

  it('are not clean when something could not be looked at, which the text and the exit code say', () => {
    const partial = { ...fine, unseen: ['Redis: not configured'] };
    expect(isClean([fine, partial])).toBe(false);
    expect(exitCodeOf([fine, partial])).toBe(2);
    expect(exitCodeOf([partial, { ...fine, offending: [{ seat: 1 }] }])).toBe(1);
    expect(exitCodeOf([fine])).toBe(0);
    expect(formatFindings([partial]).split('\n')).toEqual([
      '   3  part  sold + held + free = capacity',
      '  not looked at: Redis: not configured',
    ]);
  });
});

describe('unmatched', () => {
  it('finds what one side has more often than the other', () => {
    const [left, right] = [
      [{ id: 'a' }, { id: 'a' }, { id: 'b' }],
      [{ id: 'a' }, { id: 'c' }],
    ];
    expect(unmatched({ name: 'L', rows: left }, { name: 'R', rows: right })).toEqual([
      { id: 'a', missing: 'R' },
      { id: 'b', missing: 'R' },
      { id: 'c', missing: 'L' },
    ]);
  });
});

describe('configFromEnvironment', () => {
  it('means the stack of this machine where no database is named', () => {
    expect(configFromEnvironment({ WITNESS_REDIS_HOST: 'r' })).toBeUndefined();
  });

  it('takes one server for all, another for one of them, and what else there is', () => {
    const shared = { WITNESS_DB_HOST: 'db', WITNESS_DB_PASSWORD: 'secret' };
    const config = configFromEnvironment({
      ...shared,
      WITNESS_PAYMENT_DB_HOST: 'pay',
      WITNESS_PAYMENT_DB_NAME: 'p',
      WITNESS_REDIS_HOST: 'r',
    });
    expect(config?.databases.user).toEqual({ host: 'db', port: 3306, user: 'witness', password: 'secret', database: 'users' });
    expect(config?.databases.payment).toMatchObject({ host: 'pay', database: 'p', password: 'secret' });
    expect(config?.redis).toEqual({ host: 'r', port: 6379, password: '' });
    expect(config?.elasticsearchUrl).toBeUndefined();
  });

  it('names what is missing or nonsense', () => {
    expect(() => configFromEnvironment({ WITNESS_DB_HOST: 'db' })).toThrow('WITNESS_DB_PASSWORD');
    expect(() => configFromEnvironment({ WITNESS_DB_HOST: 'db', WITNESS_DB_PASSWORD: '', WITNESS_DB_PORT: 'x' })).toThrow(
      'WITNESS_DB_PORT',
    );
  });
});
