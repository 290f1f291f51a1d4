import { describe, expect, it } from '@jest/globals';
import { serviceNames } from '../../deploy/local/services.ts';
import { podOf } from './product-chart.ts';
import { chartProblem, type Manifest, renderChart } from './render-chart.ts';

const annotationsOf = (rendered: readonly Manifest[], service: string): Record<string, string> =>
  podOf(rendered, 'Deployment', service).metadata.annotations;

describe('what sidecars log', () => {
  it('is told to those of all services', async () => {
    const levels = async (values: object) => {
      const rendered = await renderChart('ticketing', { values });
      return serviceNames.map((service) => annotationsOf(rendered, service)['dapr.io/log-level']);
    };
    expect(await levels({})).toEqual(serviceNames.map(() => 'warn'));
    expect(await levels({ dapr: { logLevel: 'debug' } })).toEqual(serviceNames.map(() => 'debug'));
  });

  it('is one of the levels of Dapr', async () => {
    expect(await chartProblem('ticketing', { dapr: { logLevel: 'trace' } })).toMatch(/dapr.logLevel/);
  });
});

describe("the garbage collector's limit", () => {
  it.each([
    ['256Mi', 'GOMEMLIMIT=235929KiB'],
    ['1000Ki', 'GOMEMLIMIT=900KiB'],
    ['1Gi', 'GOMEMLIMIT=943718KiB'],
    ['2Ti', 'GOMEMLIMIT=1932735283KiB'],
  ])('is nine tenths of %s', async (memory, env) => {
    const values = { services: { payment: { sidecarResources: { limits: { memory } } } } };
    const rendered = await renderChart('ticketing', { values });
    expect(annotationsOf(rendered, 'payment')).toMatchObject({ 'dapr.io/env': env, 'dapr.io/sidecar-memory-limit': memory });
    expect(annotationsOf(rendered, 'user')['dapr.io/env']).toBe('GOMEMLIMIT=235929KiB');
  });

  it('is not set where the memory has none', async () => {
    const rendered = await renderChart('ticketing', { values: { serviceDefaults: { sidecarResources: { limits: null } } } });
    for (const service of serviceNames) expect(annotationsOf(rendered, service)).not.toHaveProperty('dapr.io/env');
  });
});
