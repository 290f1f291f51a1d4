import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { repositoryRoot } from '../../deploy/local/profile.ts';
import { serviceNames } from '../../deploy/local/services.ts';
import { find, namesOf, onlyContainer, plainVariables, podsOf, serviceContainer } from './product-chart.ts';
import { type Manifest, parseManifests, renderChart } from './render-chart.ts';

const applicationSchema = z.strictObject({
  apiVersion: z.literal('argoproj.io/v1alpha1'),
  kind: z.literal('Application'),
  metadata: z.strictObject({ name: z.string(), namespace: z.string(), finalizers: z.array(z.string()) }),
  spec: z.strictObject({
    project: z.string(),
    destination: z.strictObject({ server: z.url(), namespace: z.string() }),
    source: z.strictObject({
      repoURL: z.url(),
      path: z.string(),
      targetRevision: z.string(),
      helm: z.strictObject({ releaseName: z.string(), valuesObject: z.looseObject({ image: z.looseObject({ registry: z.string() }) }) }),
    }),
    syncPolicy: z.strictObject({ automated: z.strictObject({ prune: z.boolean(), selfHeal: z.boolean() }) }),
  }),
});
const gatewaySchema = z.looseObject({
  listeners: z.array(
    z.looseObject({
      name: z.string(),
      protocol: z.string(),
      hostname: z.string().optional(),
      tls: z.strictObject({ certificateRefs: z.array(z.strictObject({ name: z.string() })).min(1) }).optional(),
      allowedRoutes: z.looseObject({ namespaces: z.looseObject({ selector: z.unknown() }) }).optional(),
    }),
  ),
});
const routeSchema = z.looseObject({
  parentRefs: z.array(z.looseObject({ name: z.string(), namespace: z.string(), sectionName: z.string() })).length(1),
  hostnames: z.array(z.string()),
});
/** What Argo CD makes of Helm's hooks; it leaves tests out. */
const hooksOfArgo = ['pre-install', 'pre-upgrade', 'post-install', 'post-upgrade'];

describe('the example for Argo CD', () => {
  const { spec } = applicationSchema.parse(parse(readFileSync(`${repositoryRoot}charts/examples/argo-cd.yaml`, 'utf8')));
  const { path, targetRevision, helm } = spec.source;
  let rendered: Manifest[];
  beforeAll(async () => {
    const options = { release: helm.releaseName, namespace: spec.destination.namespace, values: helm.valuesObject };
    rendered = await renderChart('ticketing', options);
  });

  it('is of this chart in its version', () => {
    const chart: unknown = parse(readFileSync(`${repositoryRoot}${path}/Chart.yaml`, 'utf8'));
    expect(chart).toMatchObject({ name: 'ticketing', version: targetRevision });
  });

  it('renders all services, with their images, on databases elsewhere', () => {
    expect(namesOf(rendered, 'Deployment')).toEqual([...serviceNames].sort());
    for (const { template } of podsOf(rendered)) {
      expect(onlyContainer(template).image.startsWith(`${helm.valuesObject.image.registry}/`)).toBe(true);
      expect(template.spec).toMatchObject({ priorityClassName: 'shop', imagePullSecrets: [{ name: 'registry' }] });
    }
    expect(plainVariables(serviceContainer(rendered, 'payment'))).toMatchObject({ DB_HOST: 'mysql.example', DB_POOL_SIZE: '20' });
    expect(JSON.stringify(rendered)).not.toContain('ticketing-infra');
  });

  it('is public by TLS, is watched, and has no demonstration data', () => {
    expect(find(rendered, 'Ingress', 'ticketing').spec).toMatchObject({ tls: [{ secretName: 'tickets-tls', hosts: ['tickets.example'] }] });
    expect(namesOf(rendered, 'ServiceMonitor')).toEqual(['ticketing-services', 'ticketing-sidecars']);
    expect(namesOf(rendered, 'PrometheusRule')).toEqual(['ticketing']);
    expect(namesOf(rendered, 'ConfigMap')).toEqual(['ticketing-dashboard']);
    expect(namesOf(rendered, 'Job', 'seed')).toEqual([]);
  });

  it('uses no hook that Argo CD does not know, but for the test of a release', () => {
    const hooks = rendered.flatMap(({ metadata }) => metadata.annotations['helm.sh/hook']?.split(',') ?? []);
    expect([...new Set(hooks)].filter((hook) => !hooksOfArgo.includes(hook))).toEqual(['test']);
  });
});

describe('the example for cert-manager', () => {
  const folder = `${repositoryRoot}charts/examples/cert-manager`;
  const manifests = parseManifests(readFileSync(`${folder}/gateway.yaml`, 'utf8'));
  const gateway = find(manifests, 'Gateway', 'public');
  const { listeners } = gatewaySchema.parse(gateway.spec);
  const listenerOf = ({ name, namespace, sectionName }: { name: string; namespace: string; sectionName: string }) => {
    expect({ name, namespace }).toEqual({ name: gateway.metadata.name, namespace: gateway.metadata.namespace });
    return listeners.find((listener) => listener.name === sectionName);
  };

  it('renders a route by TLS only, for a name that the certificate is for, in a namespace that is let in', async () => {
    const values = z.looseObject({}).parse(parse(readFileSync(`${folder}/values.yaml`, 'utf8')));
    const rendered = await renderChart('ticketing', { values });
    const { parentRefs, hostnames } = routeSchema.parse(find(rendered, 'HTTPRoute', 'ticketing').spec);
    for (const parent of parentRefs) {
      const listener = listenerOf(parent);
      expect(listener).toMatchObject({ protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'tickets-tls' }] } });
      expect(hostnames).toEqual([listener?.hostname]);
      expect(listener?.allowedRoutes?.namespaces.selector).toEqual({ matchLabels: { 'kubernetes.io/metadata.name': 'ticketing' } });
    }
    expect(namesOf(rendered, 'Ingress')).toEqual([]);
  });

  it('asks an issuer that there is, and proves the name by a listener without TLS', () => {
    const issuer = find(manifests, 'ClusterIssuer', gateway.metadata.annotations['cert-manager.io/cluster-issuer'] ?? '');
    const solver = z.looseObject({ http01: z.strictObject({ gatewayHTTPRoute: routeSchema.pick({ parentRefs: true }) }) });
    const { acme } = z.looseObject({ acme: z.looseObject({ solvers: z.array(solver) }) }).parse(issuer.spec);
    const parents = acme.solvers.flatMap(({ http01 }) => http01.gatewayHTTPRoute.parentRefs);
    expect(parents.map((parent) => listenerOf(parent)?.protocol)).toEqual(['HTTP']);
  });
});
