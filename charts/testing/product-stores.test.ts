import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { find } from './product-chart.ts';
import { type Manifest, renderChart } from './render-chart.ts';

const storeSchema = z.looseObject({
  scopes: z.array(z.string()),
  spec: z.looseObject({ metadata: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })) }),
});

/** Who may use a store, and what of its settings says where its keys are and for how long. */
function storeOf(manifests: readonly Manifest[], name: string) {
  const { scopes, spec } = storeSchema.parse(find(manifests, 'Component', name));
  const valueOf = (setting: string): string | undefined => spec.metadata.find((item) => item.name === setting)?.value;
  return { scopes, keyPrefix: valueOf('keyPrefix'), ttlInSeconds: valueOf('ttlInSeconds') };
}

it('waiting rooms and what can be found out again are in stores of their own, each open to those who use it', async () => {
  const manifests = await renderChart('ticketing', {});
  expect(storeOf(manifests, 'ticketing-state')).toEqual({ scopes: ['queue'], keyPrefix: 'appid', ttlInSeconds: undefined });
  // What a writer leaves without a time must not stay.
  expect(storeOf(manifests, 'ticketing-cache')).toEqual({ scopes: ['concert'], keyPrefix: 'name', ttlInSeconds: '10' });
});
