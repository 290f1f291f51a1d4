import { beforeAll, describe, expect, it } from '@jest/globals';
import { databaseOwners, type ServiceName, serviceNames } from '../../deploy/local/services.ts';
import { type End, isAllowed, type PodEnd, type Port } from './network-policies.ts';
import { namesOf, podOf, podsOf } from './product-chart.ts';
import { type Manifest, renderChart } from './render-chart.ts';

type Part = 'mysql' | 'redis' | 'kafka' | 'elasticsearch';
const namespace = 'ticketing';
const parts: Record<Part, number> = { mysql: 3306, redis: 6379, kafka: 9092, elasticsearch: 9200 };
/** The service itself; of its sidecar: calls of other sidecars, metrics, and what the service says to it. */
const podPorts = [8080, 50002, 9090, 3500];

const dns: PodEnd = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };
const controlPlane: PodEnd = { namespace: 'dapr-system', labels: { app: 'dapr-operator' } };
const outside: End = { ip: '203.0.113.7' };

let manifests: Manifest[];
let sources: Record<string, End>;
let targets: Record<string, { end: End; port: Port | number }>;

function pod(rendered: readonly Manifest[], kind: string, name: string): PodEnd {
  return { namespace, labels: podOf(rendered, kind, name).metadata.labels };
}

function named(prefix: string, end: End, ports: readonly number[]): [string, { end: End; port: number }][] {
  return ports.map((port) => [`${prefix}:${port}`, { end, port }]);
}

beforeAll(async () => {
  manifests = [
    ...(await renderChart('ticketing', { values: { seed: { enabled: true, password: 'for everybody' } } })),
    ...(await renderChart('ticketing-infra')),
  ];
  const services = serviceNames.map((name): [ServiceName, PodEnd] => [name, pod(manifests, 'Deployment', name)]);
  const infrastructure = Object.entries(parts).map(([name, port]) => ({ name, port, end: pod(manifests, 'StatefulSet', `infra-${name}`) }));
  sources = {
    ...Object.fromEntries(services),
    ...Object.fromEntries(databaseOwners.map((owner) => [`migration of ${owner}`, pod(manifests, 'Job', `${owner}-migration`)])),
    ...Object.fromEntries(['user', 'concert'].map((owner) => [`seed of ${owner}`, pod(manifests, 'Job', `${owner}-seed`)])),
    ...Object.fromEntries(infrastructure.map(({ name, end }) => [name, end])),
    reindexer: pod(manifests, 'CronJob', 'ticketing-reindex'),
    test: pod(manifests, 'Pod', 'ticketing-buy-a-ticket'),
    'ingress controller': { namespace: 'traefik', labels: {} },
    monitoring: { namespace: 'monitoring', labels: {} },
    'dapr-system': controlPlane,
    'stranger in the namespace': { namespace, labels: { 'app.kubernetes.io/name': 'payment' } },
    'payment of another namespace': { ...pod(manifests, 'Deployment', 'payment'), namespace: 'elsewhere' },
    outside,
  };
  targets = Object.fromEntries<{ end: End; port: Port | number }>([
    ...services.flatMap(([name, end]) => named(name, end, podPorts)),
    ...infrastructure.flatMap(({ name, end, port }) => named(name, end, [port])),
    ...named('dns', dns, [53]),
    ['dns:53/UDP', { end: dns, port: { port: 53, protocol: 'UDP' } }],
    ...named('dapr-system', controlPlane, [6500, 50001, 443]),
    // The port of the mail server.
    ...named('outside', outside, [443, 587]),
  ]);
});

const names = ['dns:53', 'dns:53/UDP'];
const ofSidecars = [...names, 'dapr-system:6500', 'dapr-system:50001'];
/** Whoever is in no chart may go wherever he is let in. */
const unbound = [...ofSidecars, 'dapr-system:443', 'outside:443', 'outside:587'];

/** From whom to whom, in full: what is not written here is refused. */
const allowed: Record<string, readonly string[]> = {
  gateway: ['user:50002', 'queue:50002', 'concert:50002', 'reservation:50002', 'payment:50002', ...ofSidecars],
  user: ['concert:50002', 'reservation:50002', 'mysql:3306', 'redis:6379', 'kafka:9092', 'outside:587', ...ofSidecars],
  queue: ['concert:50002', 'reservation:50002', 'redis:6379', 'kafka:9092', ...ofSidecars],
  concert: ['reservation:50002', 'mysql:3306', 'redis:6379', 'kafka:9092', 'elasticsearch:9200', ...ofSidecars],
  reservation: ['concert:50002', 'mysql:3306', 'redis:6379', 'kafka:9092', ...ofSidecars],
  payment: ['queue:50002', 'reservation:50002', 'mysql:3306', 'redis:6379', 'kafka:9092', ...ofSidecars],
  'migration of user': ['mysql:3306', ...names],
  'migration of concert': ['mysql:3306', ...names],
  'migration of reservation': ['mysql:3306', ...names],
  'migration of payment': ['mysql:3306', ...names],
  'seed of user': ['mysql:3306', ...names],
  'seed of concert': ['mysql:3306', ...names],
  reindexer: ['mysql:3306', 'elasticsearch:9200', ...names],
  mysql: names,
  redis: names,
  kafka: ['kafka:9092', ...names],
  elasticsearch: names,
  test: ['gateway:8080', ...names],
  'ingress controller': ['gateway:8080', ...unbound],
  monitoring: [...serviceNames.flatMap((name) => [`${name}:8080`, `${name}:9090`]), ...unbound],
  'dapr-system': unbound,
  'stranger in the namespace': unbound,
  'payment of another namespace': unbound,
  outside: unbound,
};

describe('the network of both charts', () => {
  it('is tried from everywhere', () => {
    expect(Object.keys(allowed).sort()).toEqual(Object.keys(sources).sort());
    expect(Object.keys(targets).length).toBe(serviceNames.length * podPorts.length + 11);
  });

  it.each(Object.keys(allowed))('lets %s to what it needs and to nothing else', (source) => {
    const reached = Object.entries(targets).filter(([, { end, port }]) => isAllowed(manifests, sources[source]!, end, port));
    expect(reached.map(([target]) => target).sort()).toEqual([...allowed[source]!].sort());
  });
});

describe('the two charts', () => {
  it('agree on who uses what: one lets out whom the other lets in', async () => {
    const bootstrapOperator = { enabled: true, secretName: 'first-operator' };
    const product = await renderChart('ticketing', { values: { seed: { enabled: true, password: 'for everybody' }, bootstrapOperator } });
    const infra = await renderChart('ticketing-infra');
    const own = podsOf(product).map(({ maker, template }) => ({ name: maker.metadata.name, labels: template.metadata.labels }));
    const reached = (policies: readonly Manifest[]) =>
      own.flatMap(({ name, labels }) =>
        Object.entries(parts)
          .filter(([part, port]) => isAllowed(policies, { namespace, labels }, pod(infra, 'StatefulSet', `infra-${part}`), port))
          .map(([part]) => `${name} to ${part}`),
      );
    expect(reached(product)).toEqual(expect.arrayContaining(['concert to elasticsearch', 'ticketing-reindex to elasticsearch']));
    expect(reached(infra)).toEqual(reached(product));
  });
});

describe('webhooks', () => {
  it('let the concert service out to the public internet, where they are switched on', async () => {
    const rendered = await renderChart('ticketing', { values: { webhooks: { enabled: true } } });
    const reaches = (name: ServiceName, ip: string, port: number) => isAllowed(rendered, pod(rendered, 'Deployment', name), { ip }, port);
    for (const port of [80, 443, 1_025, 65_535]) expect(reaches('concert', '198.51.100.7', port)).toBe(true);
    for (const port of [22, 1_024]) expect(reaches('concert', '198.51.100.7', port)).toBe(false);
    for (const ip of ['10.0.0.1', '169.254.169.254', '172.20.0.1', '192.168.0.1', '127.0.0.1'])
      expect(reaches('concert', ip, 443)).toBe(false);
    for (const name of serviceNames.filter((other) => other !== 'concert')) expect(reaches(name, '198.51.100.7', 443)).toBe(false);
  });
});

describe('names', () => {
  const openShift: PodEnd = { namespace: 'openshift-dns', labels: { 'dns.operator.openshift.io/daemonset-dns': 'default' } };
  const cache: End = { ip: '169.254.20.10' };
  const to = [
    { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'openshift-dns' } } },
    { ipBlock: { cidr: '169.254.20.10/32' } },
  ];
  const seeded = { seed: { enabled: true, password: 'for everybody' }, witness: { enabled: true } };

  it('are looked up where the values say, by every pod of both charts, and nowhere else', async () => {
    const values = { dns: { to, ports: [5353, 53] } };
    const product = await renderChart('ticketing', { values: { ...seeded, networkPolicy: values } });
    const infra = await renderChart('ticketing-infra', { values: { networkPolicies: values } });
    for (const { maker, template } of [...podsOf(product), ...podsOf(infra)]) {
      const source = { namespace, labels: template.metadata.labels };
      const reached = ([53, 5353] as const).flatMap((port) =>
        (['UDP', 'TCP'] as const).flatMap((protocol) =>
          [openShift, cache, dns].map((end) => isAllowed([...product, ...infra], source, end, { port, protocol })),
        ),
      );
      expect([maker.metadata.name, reached]).toEqual([maker.metadata.name, Array.from({ length: 4 }, () => [true, true, false]).flat()]);
    }
  });
});

describe('the network of the product', () => {
  const external = {
    mysql: { host: 'db.example', port: 3307, cidrs: ['192.0.2.0/28'] },
    redis: { host: 'cache.example', port: 6380, cidrs: ['192.0.2.16/28'] },
    kafka: { host: 'broker.example', port: 9093, cidrs: ['192.0.2.32/28', '2001:db8::/32'] },
    elasticsearch: { host: 'search.example', port: 9201, cidrs: ['::/0'] },
  };

  it('opens the networks of what is external to those who use it, and closes the infra release', async () => {
    const rendered = [...(await renderChart('ticketing', { values: { external } })), ...(await renderChart('ticketing-infra'))];
    const reached = (source: PodEnd) => ({
      mysql: isAllowed(rendered, source, { ip: '192.0.2.1' }, 3307),
      redis: isAllowed(rendered, source, { ip: '192.0.2.17' }, 6380),
      kafka: isAllowed(rendered, source, { ip: '192.0.2.33' }, 9093),
      kafkaByIpv6: isAllowed(rendered, source, { ip: '2001:db8::1' }, 9093),
      elasticsearch: isAllowed(rendered, source, { ip: '2001:db8::1' }, 9201),
      usualPort: isAllowed(rendered, source, { ip: '192.0.2.1' }, 3306),
      beyond: isAllowed(rendered, source, { ip: '192.0.2.48' }, 3307),
      infra: isAllowed(rendered, source, pod(rendered, 'StatefulSet', 'infra-mysql'), 3306),
    });
    const nothing = Object.fromEntries(Object.keys(reached(dns)).map((name) => [name, false]));
    const brokers = { redis: true, kafka: true, kafkaByIpv6: true };
    expect(reached(pod(rendered, 'Deployment', 'gateway'))).toEqual(nothing);
    expect(reached(pod(rendered, 'Deployment', 'queue'))).toEqual({ ...nothing, ...brokers });
    expect(reached(pod(rendered, 'Deployment', 'payment'))).toEqual({ ...nothing, ...brokers, mysql: true });
    expect(reached(pod(rendered, 'Deployment', 'concert'))).toEqual({ ...nothing, ...brokers, mysql: true, elasticsearch: true });
    expect(reached(pod(rendered, 'Job', 'payment-migration'))).toEqual({ ...nothing, mysql: true });
    expect(reached(pod(rendered, 'CronJob', 'ticketing-reindex'))).toEqual({ ...nothing, mysql: true, elasticsearch: true });
  });

  it('lets the public in from where its ingress controllers are', async () => {
    const values = { networkPolicy: { ingressNamespaces: ['edge'], ingressCidrs: ['198.51.100.0/24'] } };
    const rendered = await renderChart('ticketing', { values });
    const [gateway, user] = [pod(rendered, 'Deployment', 'gateway'), pod(rendered, 'Deployment', 'user')];
    const visitors: End[] = [{ ip: '198.51.100.7' }, { namespace: 'edge', labels: {} }];
    for (const visitor of visitors) expect([gateway, user].map((to) => isAllowed(rendered, visitor, to, 8080))).toEqual([true, false]);
    const others: End[] = [outside, { namespace: 'traefik', labels: {} }];
    for (const other of others) expect(isAllowed(rendered, other, gateway, 8080)).toBe(false);
  });

  it('lets traces out where they are wanted, to the port of the collector', async () => {
    const values = {
      tracing: { zipkinUrl: 'http://zipkin2.traces:9411/api/v2/spans' },
      networkPolicy: { monitoringNamespaces: ['traces'] },
    };
    const rendered = await renderChart('ticketing', { values });
    const collector: PodEnd = { namespace: 'traces', labels: {} };
    for (const service of serviceNames) {
      const source = pod(rendered, 'Deployment', service);
      expect([9411, 80].map((port) => isAllowed(rendered, source, collector, port))).toEqual([true, false]);
    }
    expect(isAllowed(manifests, pod(manifests, 'Deployment', 'user'), { namespace: 'monitoring', labels: {} }, 9411)).toBe(false);
  });

  it('follows the namespace of Dapr and the name of the infra release', async () => {
    const rendered = await renderChart('ticketing', { values: { dapr: { namespace: 'dapr' }, infra: { release: 'stores' } } });
    const user = pod(rendered, 'Deployment', 'user');
    expect(isAllowed(rendered, user, { namespace: 'dapr', labels: {} }, 50001)).toBe(true);
    expect(isAllowed(rendered, user, controlPlane, 50001)).toBe(false);
    const stores = await renderChart('ticketing-infra', { release: 'stores' });
    expect(isAllowed([...rendered, ...stores], user, pod(stores, 'StatefulSet', 'stores-mysql'), 3306)).toBe(true);
    expect(isAllowed(rendered, user, pod(manifests, 'StatefulSet', 'infra-mysql'), 3306)).toBe(false);
  });

  it('is closed to pods of the release that no policy is made for', () => {
    const unknown: PodEnd = { namespace, labels: { 'app.kubernetes.io/part-of': 'ticketing', 'app.kubernetes.io/instance': 'ticketing' } };
    const reached = Object.values(targets).filter(({ end, port }) => isAllowed(manifests, unknown, end, port));
    expect(reached).toEqual([]);
    expect(isAllowed(manifests, { namespace: 'traefik', labels: {} }, unknown, 8080)).toBe(false);
  });

  it('is open where the policies are switched off', async () => {
    expect(namesOf(await renderChart('ticketing', { values: { networkPolicy: { enabled: false } } }), 'NetworkPolicy')).toEqual([]);
  });
});
