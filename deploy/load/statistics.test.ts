import { expect, it } from '@jest/globals';
import { median, quantile } from './statistics.ts';

it.each([
  [[], 0],
  [[7], 7],
  [[3, 1, 2], 2],
  [[4, 1, 2, 3], 2.5],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

it.each([
  [[], 0.5, 0],
  [[9], 0.95, 9],
  [[3, 1, 4, 2], 0.5, 2],
  [[3, 1, 4, 2], 0.95, 4],
  [[3, 1, 4, 2], 0, 1],
])('of %j, the share %d is at most %d', (values, share, expected) => {
  expect(quantile(values, share)).toBe(expected);
});
