import { expect, it } from '@jest/globals';
import { readConfig } from '../../services/gateway/src/config.ts';
import { loadEnvironment } from './load-environment.ts';

const needed = {
  APP_ID: 'gateway',
  INSTANCE_ID: 'gateway-1',
  APP_PORT: '1',
  DAPR_API_TOKEN: 'x'.repeat(16),
  APP_API_TOKEN: 'x'.repeat(16),
};

it('raises every limit of requests that the gateway has', () => {
  const rates = Object.entries(readConfig({ ...needed, ...loadEnvironment.gateway })).filter(([name]) => name.startsWith('RATE_'));
  expect(rates.length).toBeGreaterThan(0);
  expect(rates.filter(([, most]) => most !== 1_000_000)).toEqual([]);
});
