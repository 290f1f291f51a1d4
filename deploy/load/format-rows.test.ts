import { expect, it } from '@jest/globals';
import { loadGenerator } from './cpu-time.ts';
import { formatRows, formatShares } from './format-rows.ts';

const cpuMs = new Map([
  ['gateway', 1.25],
  ['daprd-gateway', 20],
  ['redis', 0.1],
  [loadGenerator, 0.3],
]);

it('is a Markdown table that tells the load generator apart', () => {
  const unexpected = new Map([
    ['503', 2],
    ['hold 409', 1],
  ]);
  const [, , line] = formatRows(new Map([['sale', { perSecond: 31.4, ratio: 0.0081, p50: 12.34, p95: 30, cpuMs, unexpected }]])).split(
    '\n',
  );
  expect(line).toBe('| sale | 31 | 0.008 | 21.4 | 0.30 | 12.3 | 30.0 | 2 × 503, 1 × hold 409 | daprd-gateway 20.0, gateway 1.25 |');
});

it('leaves out what is less than a hundredth of the whole', () => {
  expect(formatShares(cpuMs, String)).toBe('daprd-gateway 20, gateway 1.25');
});
