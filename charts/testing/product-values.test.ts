import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { repositoryRoot } from '../../deploy/local/profile.ts';
import { databaseOwners, serviceNames } from '../../deploy/local/services.ts';
import { alertsFile } from '../../deploy/observability/alert-rules.ts';
import { find, namesOf, onlyContainer, plainVariables, podOf, serviceContainer } from './product-chart.ts';
import { chartProblem, type Manifest, renderChart } from './render-chart.ts';

const valuesOf = (file: string): Record<string, unknown> =>
  z.record(z.string(), z.unknown()).parse(parse(readFileSync(`${repositoryRoot}${file}`, 'utf8')));

function render(values: object): Promise<Manifest[]> {
  return renderChart('ticketing', { values });
}

describe('the schema of the values', () => {
  it.each([
    [{ imge: {} }, /additional properties 'imge'/],
    [{ image: { registry: 'registry.example/shop/' } }, /image.registry/],
    [{ image: { tag: 'latest' } }, /image.tag/],
    [{ services: { user: { digest: 'sha256:0123' } } }, /services.user.digest/],
    [{ image: { tag: 1.5 } }, /image.tag.*got number, want string/],
    [{ image: { pullPolicy: 'Sometimes' } }, /image.pullPolicy/],
    [{ logLevel: 'verbose' }, /logLevel/],
    [{ secrets: { name: 'Ticketing Secrets' } }, /secrets.name/],
    [{ secrets: { 'user-db-password': 'x' } }, /secrets.*additional properties 'user-db-password'/],
    [{ dapr: { sidecarImage: 'daprd' } }, /dapr.sidecarImage/],
    [{ infra: { release: null } }, /infra.*missing property 'release'/],
    [{ external: { mysql: { host: 'db.example:3306' } } }, /external.mysql.host/],
    [{ external: { redis: { port: 65_536 } } }, /external.redis.port/],
    [{ external: { kafka: { host: 'broker.example', cidrs: [] } } }, /external.kafka.cidrs/],
    [{ external: { kafka: { cidrs: ['10.0.0.0/33'] } } }, /external.kafka.cidrs.0/],
    [{ external: { postgres: { host: 'db.example' } } }, /external.*'postgres'/],
    [{ serviceDefaults: { database: 'users' } }, /serviceDefaults.*'database'/],
    [{ serviceDefaults: { sidecarResources: { requests: { cpu: null } } } }, /sidecarResources.requests.*missing property 'cpu'/],
    [{ services: { gateway: { replica: 3 } } }, /services.gateway.*'replica'/],
    [{ services: { gateway: null } }, /services.*missing property 'gateway'/],
    [{ services: { Settlement: {} } }, /services.*'Settlement'/],
    [{ services: { settlement: {} } }, /there is no components.services.settlement.yaml/],
    [{ services: { user: { database: 'users; DROP DATABASE payments' } } }, /services.user.database/],
    [{ services: { user: { env: { RATE_USER: 5 } } } }, /services.user.env.RATE_USER.*got number, want string/],
    [{ services: { user: { env: { rateUser: '5' } } } }, /services.user.env.*'rateUser'/],
    [{ services: { user: { env: { DB_PASSWORD: 'x' } } } }, /services.user.env.DB_PASSWORD/],
    [{ services: { user: { env: { DB_POOL_SIZE: '5' } } } }, /services.user.env.DB_POOL_SIZE/],
    [{ services: { user: { poolSize: 0 } } }, /services.user.poolSize/],
    [{ mysql: { maxConnections: '500' } }, /mysql.maxConnections.*got string, want integer/],
    [{ services: { user: { autoscaling: { minReplicas: 0 } } } }, /autoscaling.minReplicas/],
    [{ services: { user: { drainSeconds: 0 } } }, /services.user.drainSeconds/],
    [{ services: { user: { resources: { limits: { memory: '1 GB' } } } } }, /services.user.resources.limits.memory/],
    [{ services: { user: { resources: { requests: { cpu: 'half' } } } } }, /services.user.resources.requests.cpu/],
    [{ migrations: { timeoutSeconds: 1 } }, /migrations.timeoutSeconds/],
    [{ seed: { enabled: true } }, /seed.password/],
    [{ bootstrapOperator: { enabled: true } }, /bootstrapOperator.secretName/],
    [{ bootstrapOperator: { email: 'ops@example.com' } }, /bootstrapOperator.*'email'/],
    [{ reindex: { schedule: '17 * * * *' } }, /reindex.*'schedule'/],
    [{ seed: { enabled: 'sometimes' } }, /seed.enabled/],
    [{ ingress: { host: 'https://shop.example' } }, /ingress.host/],
    [{ httpRoute: { enabled: true } }, /httpRoute.parentRefs/],
    [{ httpRoute: { parentRefs: [{ name: 'public', weight: 1 }] } }, /httpRoute.parentRefs.0.*'weight'/],
    [{ networkPolicy: { ingressCidrs: ['everybody'] } }, /networkPolicy.ingressCidrs.0/],
    [{ networkPolicy: { dns: { to: [] } } }, /networkPolicy.dns.to/],
    [{ networkPolicy: { dns: { to: [{}] } } }, /networkPolicy.dns.to.0/],
    [{ networkPolicy: { dns: { to: [{ ipBlock: { cidr: '169.254.20.10' } }] } } }, /dns.to.0.ipBlock.cidr/],
    [{ networkPolicy: { dns: { ports: ['dns'] } } }, /networkPolicy.dns.ports.0/],
    [{ tracing: { zipkinUrl: 'http://zipkin.monitoring/api/v2/spans' } }, /tracing.zipkinUrl/],
    [{ tracing: { samplingRate: '2' } }, /tracing.samplingRate/],
    [
      { tracing: { zipkinUrl: 'http://zipkin.monitoring:9411/api/v2/spans' }, networkPolicy: { monitoringNamespaces: [] } },
      /networkPolicy.monitoringNamespaces/,
    ],
    [{ serviceMonitor: { interval: 'often' } }, /serviceMonitor.interval/],
    [{ prometheusRule: { labels: { release: 1 } } }, /prometheusRule.labels.release/],
    [{ dashboard: { folder: 'Ticketing' } }, /dashboard.*'folder'/],
  ])('refuses %j', async (values, reason) => {
    expect(await chartProblem('ticketing', values)).toMatch(reason);
  });

  it('takes the values of the cluster on one machine', async () => {
    const rendered = await render(valuesOf('deploy/kind/values.yaml'));
    expect(namesOf(rendered, 'Deployment')).toEqual([...serviceNames].sort());
    expect(namesOf(rendered, 'HorizontalPodAutoscaler')).toEqual([]);
    for (const service of serviceNames) expect(find(rendered, 'Deployment', service).spec).toMatchObject({ replicas: 1 });
  });

  it('takes what Helm adds, and whole cores as numbers', async () => {
    const rendered = await render({ global: { region: 'kr' }, services: { user: { sidecarResources: { requests: { cpu: 1 } } } } });
    expect(podOf(rendered, 'Deployment', 'user').metadata.annotations).toMatchObject({ 'dapr.io/sidecar-cpu-request': '1' });
  });
});

describe('the settings of one service', () => {
  it('are laid over those of all, and leave the others alone', async () => {
    const rendered = await render({
      serviceDefaults: { env: { DB_WAIT_MS: '1000', RATE_USER: '5' }, poolSize: 10, resources: { requests: { cpu: '200m' } } },
      services: {
        payment: {
          env: { DB_WAIT_MS: '2000' },
          poolSize: 15,
          resources: { requests: { memory: '1Gi' } },
          sidecarResources: { limits: { cpu: '2' } },
        },
      },
    });
    const [payment, user] = [serviceContainer(rendered, 'payment'), serviceContainer(rendered, 'user')];
    expect(plainVariables(payment)).toMatchObject({ DB_WAIT_MS: '2000', DB_POOL_SIZE: '15', RATE_USER: '5' });
    expect(plainVariables(user)).toMatchObject({ DB_WAIT_MS: '1000', DB_POOL_SIZE: '10', RATE_USER: '5' });
    expect(payment.resources).toEqual({ requests: { cpu: '200m', memory: '1Gi' }, limits: { memory: '512Mi' } });
    expect(user.resources).toEqual({ requests: { cpu: '200m', memory: '192Mi' }, limits: { memory: '768Mi' } });
    const limits = (service: 'payment' | 'user') =>
      podOf(rendered, 'Deployment', service).metadata.annotations['dapr.io/sidecar-cpu-limit'];
    expect([limits('payment'), limits('user')]).toEqual(['2', undefined]);
  });

  it('are all that tells a database where it is when it is external', async () => {
    const rendered = await render({ external: { mysql: { host: 'db.example', port: 3307 } } });
    for (const owner of databaseOwners) {
      for (const container of [serviceContainer(rendered, owner), onlyContainer(podOf(rendered, 'Job', `${owner}-migration`))]) {
        expect(plainVariables(container)).toMatchObject({ DB_HOST: 'db.example', DB_PORT: '3307' });
      }
    }
  });
});

/** All texts in it that are paths. */
function pathsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.startsWith('/') ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(pathsIn) : [];
}

describe('the way in', () => {
  const paths = ['/api', '/docs', '/.well-known'];

  it('is an Ingress to the gateway, for every host by the class that is usual', async () => {
    const backend = { service: { name: 'gateway', port: { name: 'http' } } };
    expect(find(await render({}), 'Ingress', 'ticketing').spec).toEqual({
      rules: [{ http: { paths: paths.map((path) => ({ path, pathType: 'Prefix', backend })) } }],
    });
  });

  it('has a host, a certificate and a class where they are given', async () => {
    const annotations = { 'cert-manager.io/cluster-issuer': 'lets-encrypt' };
    const ingress = { className: 'traefik', host: 'shop.example', tlsSecretName: 'shop-tls', annotations };
    const { metadata, spec } = find(await render({ ingress }), 'Ingress', 'ticketing');
    expect(metadata.annotations).toEqual(annotations);
    expect(spec).toMatchObject({
      ingressClassName: 'traefik',
      tls: [{ secretName: 'shop-tls', hosts: ['shop.example'] }],
      rules: [{ host: 'shop.example' }],
    });
  });

  it('is an HTTPRoute instead where that is asked', async () => {
    const parentRefs = [{ name: 'public', namespace: 'edge', sectionName: 'https' }];
    const httpRoute = { enabled: true, parentRefs, hostnames: ['shop.example'] };
    const rendered = await render({ ingress: { enabled: false }, httpRoute });
    expect(namesOf(rendered, 'Ingress')).toEqual([]);
    expect(find(rendered, 'HTTPRoute', 'ticketing').spec).toEqual({
      parentRefs,
      hostnames: ['shop.example'],
      rules: [
        {
          matches: paths.map((value) => ({ path: { type: 'PathPrefix', value } })),
          timeouts: { request: '0s' },
          backendRefs: [{ name: 'gateway', port: 8080 }],
        },
      ],
    });
  });

  it('leads neither to probes nor to metrics, whichever it is', async () => {
    const httpRoute = { enabled: true, parentRefs: [{ name: 'public' }] };
    const rendered = await render({ httpRoute, serviceMonitor: { enabled: true } });
    const { startupProbe, livenessProbe, readinessProbe } = serviceContainer(rendered, 'gateway');
    const monitor = find(rendered, 'ServiceMonitor', 'ticketing-services').spec;
    const internal = pathsIn([startupProbe, livenessProbe, readinessProbe, monitor]);
    expect(new Set(internal)).toEqual(new Set(['/healthz', '/readyz', '/metrics']));
    for (const kind of ['Ingress', 'HTTPRoute']) {
      const published = pathsIn(find(rendered, kind, 'ticketing').spec);
      expect(published.sort()).toEqual([...paths].sort());
      expect(internal.filter((path) => published.some((prefix) => path.startsWith(prefix)))).toEqual([]);
    }
  });
});

describe('what is seen of the product', () => {
  it('needs nothing that a cluster may lack unless it is asked', async () => {
    const rendered = await render({});
    for (const kind of ['HTTPRoute', 'ServiceMonitor', 'PrometheusRule']) expect(namesOf(rendered, kind)).toEqual([]);
  });

  it('is collected from services and from sidecars', async () => {
    const rendered = await render({ serviceMonitor: { enabled: true, labels: { release: 'prometheus' }, interval: '30s' } });
    const selector = {
      matchLabels: {
        'app.kubernetes.io/part-of': 'ticketing',
        'app.kubernetes.io/instance': 'ticketing',
        'app.kubernetes.io/component': 'service',
      },
    };
    const services = find(rendered, 'ServiceMonitor', 'ticketing-services');
    expect(services.metadata.labels).toMatchObject({ release: 'prometheus' });
    expect(services.spec).toEqual({ selector, endpoints: [{ port: 'http', interval: '30s', path: '/metrics' }] });
    for (const service of serviceNames) expect(find(rendered, 'Service', service).metadata.labels).toMatchObject(selector.matchLabels);
    expect(find(rendered, 'ServiceMonitor', 'ticketing-sidecars').spec).toEqual({
      selector: { matchExpressions: [{ key: 'dapr.io/enabled', operator: 'In', values: ['true'] }] },
      endpoints: [{ port: 'dapr-metrics', interval: '30s', path: '/' }],
    });
  });

  it('is watched by the alerts, word for word', async () => {
    const rule = find(
      await render({ prometheusRule: { enabled: true, labels: { release: 'prometheus' } } }),
      'PrometheusRule',
      'ticketing',
    );
    expect(rule.metadata.labels).toMatchObject({ release: 'prometheus' });
    expect(rule.spec).toEqual(parse(readFileSync(alertsFile, 'utf8')));
  });

  it('is drawn by the dashboard, word for word', async () => {
    expect(namesOf(await render({}), 'ConfigMap')).toEqual([]);
    const dashboard = { enabled: true, labels: { team: 'tickets' }, annotations: { grafana_folder: 'Ticketing' } };
    const { metadata, data } = find(await render({ dashboard }), 'ConfigMap', 'ticketing-dashboard');
    expect(metadata).toMatchObject({ labels: { grafana_dashboard: '1', team: 'tickets' }, annotations: { grafana_folder: 'Ticketing' } });
    expect(data).toEqual({ 'ticketing.json': readFileSync(`${repositoryRoot}deploy/observability/dashboard.json`, 'utf8') });
  });

  it('is traced by services and sidecars to where they are told', async () => {
    const tracing = { zipkinUrl: 'http://zipkin.monitoring:9411/api/v2/spans', samplingRate: '1' };
    const rendered = await render({ tracing });
    for (const service of serviceNames) {
      expect(plainVariables(serviceContainer(rendered, service))).toMatchObject({ ZIPKIN_URL: tracing.zipkinUrl });
      expect(find(rendered, 'Configuration', service).spec).toMatchObject({
        tracing: { samplingRate: '1', zipkin: { endpointAddress: tracing.zipkinUrl } },
      });
    }
  });
});

describe('the test of a release', () => {
  it('is one of the public: it knows the address of the gateway and nothing else', async () => {
    const { annotations } = find(await render({}), 'Pod', 'ticketing-buy-a-ticket').metadata;
    expect(annotations).toMatchObject({ 'helm.sh/hook': 'test' });
    const container = onlyContainer(podOf(await render({}), 'Pod', 'ticketing-buy-a-ticket'));
    expect(container.command).toEqual(['node', 'dist/buy-a-ticket.js']);
    expect(container.env).toEqual([
      { name: 'LOG_LEVEL', value: 'info' },
      { name: 'API_URL', value: 'http://gateway:8080/api/v1' },
    ]);
  });
});
