import type { Bench } from './bench-definition.ts';
import { measureIdleGrowth } from './growth-idle.ts';
import { measureSaleGrowth } from './growth-sales.ts';
import { loadEnvironment } from './load-environment.ts';

/** What becomes slower or costlier with more seats, more concerts and more rooms. */
export const growthBench: Bench = {
  summary: 'sales a second with 2,000 and 200,000 seats, in 1 and 50 concerts; the stack at rest with 60 rooms and with many concerts',
  instances: {},
  env: loadEnvironment,
  infrastructure: 'native',
  run: async (stack, signal) => {
    await measureIdleGrowth(stack, signal);
    await measureSaleGrowth(stack, signal);
  },
  parts: { sales: measureSaleGrowth, idle: measureIdleGrowth },
};
