import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { serviceNames } from '../../deploy/local/services.ts';
import { find, namesOf, podOf, podsOf } from './product-chart.ts';
import { chartProblem, type Manifest, renderChart } from './render-chart.ts';

const annotationsOf = (rendered: readonly Manifest[], service: string): Record<string, string> =>
  podOf(rendered, 'Deployment', service).metadata.annotations;

const policySchema = z.strictObject({
  failurePolicy: z.literal('Fail'),
  matchConstraints: z.strictObject({
    namespaceSelector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
    objectSelector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
    resourceRules: z.array(z.unknown()),
  }),
  validations: z.tuple([z.strictObject({ expression: z.string(), message: z.string() })]),
});

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

describe('a pod of a service without a sidecar', () => {
  it('is refused by the API server, which is told why', async () => {
    const rendered = await renderChart('ticketing', { namespace: 'shop', values: { dapr: { namespace: 'dapr' } } });
    const { matchConstraints, validations } = policySchema.parse(
      find(rendered, 'ValidatingAdmissionPolicy', 'shop-ticketing-sidecar').spec,
    );
    expect(matchConstraints.resourceRules).toEqual([{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }]);
    expect(validations[0]).toEqual({
      expression: "has(object.spec.initContainers) && object.spec.initContainers.exists(container, container.name == 'daprd')",
      message: 'Dapr has injected no sidecar: is its injector up? kubectl --namespace dapr get pods',
    });
    expect(find(rendered, 'ValidatingAdmissionPolicyBinding', 'shop-ticketing-sidecar').spec).toEqual({
      policyName: 'shop-ticketing-sidecar',
      validationActions: ['Deny'],
    });
  });

  it('is one that asks for a sidecar, in the namespace of the release, and no other', async () => {
    const rendered = await renderChart('ticketing', {
      namespace: 'shop',
      values: { seed: { enabled: true, password: 'for everybody' }, witness: { enabled: true } },
    });
    const { matchConstraints } = policySchema.parse(find(rendered, 'ValidatingAdmissionPolicy', 'shop-ticketing-sidecar').spec);
    expect(matchConstraints.namespaceSelector).toEqual({ matchLabels: { 'kubernetes.io/metadata.name': 'shop' } });
    const wanted = Object.entries(matchConstraints.objectSelector.matchLabels);
    for (const { template } of podsOf(rendered)) {
      const { labels, annotations } = template.metadata;
      expect(wanted.every(([name, value]) => labels[name] === value)).toBe(annotations['dapr.io/enabled'] === 'true');
    }
  });

  it('is let in where the policy is switched off', async () => {
    const rendered = await renderChart('ticketing', { values: { dapr: { requireSidecar: false } } });
    for (const kind of ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']) expect(namesOf(rendered, kind)).toEqual([]);
  });
});
