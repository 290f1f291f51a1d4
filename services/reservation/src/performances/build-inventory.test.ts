import { describe, expect, it } from '@jest/globals';
import { rowLabel } from './build-inventory.ts';

describe('rowLabel', () => {
  it.each([
    [0, 'A'],
    [25, 'Z'],
    [26, 'AA'],
    [51, 'AZ'],
    [52, 'BA'],
    [701, 'ZZ'],
    [702, 'AAA'],
  ])('calls row %i %s', (index, label) => {
    expect(rowLabel(index)).toBe(label);
  });
});
