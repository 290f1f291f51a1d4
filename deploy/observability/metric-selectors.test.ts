import { expect, it } from '@jest/globals';
import { selectorsIn } from './metric-selectors.ts';

it.each([
  ['up', [{ metric: 'up', labels: [] }]],
  ['sum by (app) (rate(calls_total{status=~"5..", path!="a{b}c"}[5m])) > 0.05', [{ metric: 'calls_total', labels: ['status', 'path'] }]],
  ['time() - max(last_seconds) > 30', [{ metric: 'last_seconds', labels: [] }]],
  [
    'a{x="1"} offset 10m or b * 0 unless on (pod) c == 1',
    [
      { metric: 'a', labels: ['x'] },
      { metric: 'b', labels: [] },
      { metric: 'c', labels: [] },
    ],
  ],
  ['histogram_quantile(0.99, sum by (le) (rate(d_bucket[$__rate_interval])))', [{ metric: 'd_bucket', labels: [] }]],
  ['1e3 * vector(1) > bool 2', []],
])('finds the metrics of %s', (expression, expected) => {
  expect(selectorsIn(expression)).toEqual(expected);
});
