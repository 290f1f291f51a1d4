import { describe, expect, it } from '@jest/globals';
import { expectWritable } from './database-probe.ts';

const variable = (name: string, Value: string) => ({ Variable_name: name, Value });

describe('a database', () => {
  it('takes writes when nothing says that it is read-only, whichever variables it has', () => {
    expect(() => expectWritable([variable('read_only', 'OFF')])).not.toThrow();
    expect(() => expectWritable([variable('innodb_read_only', 'OFF'), variable('super_read_only', 'OFF')])).not.toThrow();
  });

  it.each([
    ['read_only', 'ON'],
    ['super_read_only', 'ON'],
    ['innodb_read_only', 'ON'],
    ['read_only', 'NO_LOCK_NO_ADMIN'],
  ])('is not ready while %s is %s', (name, value) => {
    expect(() => expectWritable([variable('read_only', 'OFF'), variable(name, value)])).toThrow(`${name} is ${value}`);
  });
});
