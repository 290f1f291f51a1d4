import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readMetric } from '../../client/read-metric.ts';
import type { InstanceDescription } from '../../stack-description.ts';
import { eventually, openTestShop, type TestShop } from './test-shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

// As sidecars name them: the building block, and the component.
const lock = { target: 'Lock_ticketing-lock', policy: 'timeout' };
const secrets = { target: 'Secretstore_ticketing-secrets', policy: 'timeout' };
const settings = { target: 'Configuration_ticketing-settings', policy: 'retry' };

describe('the policies of components/resiliency.yaml', () => {
  it.each([
    { ...lock, services: ['user', 'queue', 'concert', 'reservation', 'payment'] },
    { ...secrets, services: ['user', 'queue', 'concert', 'reservation', 'payment'] },
    { ...settings, services: ['queue', 'reservation'] },
  ])('apply to $target, the $policy among them', async ({ target, policy, services }) => {
    const applied = ({ daprMetricsPort }: InstanceDescription) =>
      readMetric(daprMetricsPort, 'dapr_resiliency_count', { target, policy, flow_direction: 'outbound' });
    for (const service of services) {
      const instance = shop.stack.instances.find((candidate) => candidate.service === service);
      expect(await eventually(`${service} uses ${target}`, async () => ((await applied(instance!)) > 0 ? true : undefined))).toBe(true);
    }
  });
});
