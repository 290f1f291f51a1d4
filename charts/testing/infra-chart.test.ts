import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { databaseSettings } from '../../deploy/local/infrastructure/database-accounts.ts';
import { repositoryRoot } from '../../deploy/local/profile.ts';
import { databaseOwners, serviceNames, topicPartitions, topics } from '../../deploy/local/services.ts';
import { isAllowed } from './network-policies.ts';
import { restrictedProblems } from './pod-security.ts';
import { type PodTemplate, podTemplateOf } from './pod-templates.ts';
import { chartProblem, type Manifest, type RenderOptions, renderChart, renderText } from './render-chart.ts';

const parts = ['mysql', 'redis', 'kafka', 'elasticsearch'] as const;
type Part = (typeof parts)[number];

const render = (options: RenderOptions = {}): Promise<Manifest[]> => renderChart('ticketing-infra', options);

function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (!found) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

function podsOf(manifests: readonly Manifest[]): Map<string, PodTemplate> {
  return new Map(
    manifests.flatMap((manifest): [string, PodTemplate][] => {
      const template = podTemplateOf(manifest);
      return template ? [[manifest.metadata.name, template]] : [];
    }),
  );
}

describe('pods of the infrastructure', () => {
  it('are as restricted as pods can be', async () => {
    const pods = podsOf(await render());
    expect([...pods.keys()].sort()).toEqual(['infra-elasticsearch', 'infra-kafka', 'infra-kafka-topics', 'infra-mysql', 'infra-redis']);
    expect([...pods].map(([name, { spec }]) => [name, restrictedProblems(spec)])).toEqual([...pods.keys()].map((name) => [name, []]));
  });

  it('say in every container what memory they take', async () => {
    const containers = [...podsOf(await render()).values()].flatMap(({ spec }) => [...spec.initContainers, ...spec.containers]);
    const unlimited = containers.filter(({ resources }) => !resources?.limits['memory'] || !resources.requests['memory']);
    expect(unlimited).toEqual([]);
  });

  it('are replaced when their configuration changes, and only then', async () => {
    const checksum = async (values: object): Promise<unknown> =>
      podsOf(await render({ values })).get('infra-kafka')?.metadata.annotations['checksum/config'];
    const before = await checksum({});
    expect(await checksum({ redis: { maxMemory: '512mb' } })).toBe(before);
    expect(await checksum({ kafka: { partitions: 7 } })).not.toBe(before);
  });

  it('are replaced by a new revision of the passwords where they read them', async () => {
    const pods = podsOf(await render({ values: { secrets: { revision: 'two' } } }));
    const told = [...pods].filter(([, { metadata }]) => Object.values(metadata.annotations).includes('two'));
    expect(told.map(([name]) => name).sort()).toEqual(['infra-mysql', 'infra-redis']);
  });

  it('keep their data in a claim, or with the pod when told so', async () => {
    const volumes = async (persistence: object): Promise<unknown[]> => {
      const manifests = await render({ values: Object.fromEntries(parts.map((part) => [part, { persistence }])) });
      const pods = podsOf(manifests);
      return parts.map((part) => [
        find(manifests, 'StatefulSet', `infra-${part}`).spec?.['volumeClaimTemplates'],
        pods.get(`infra-${part}`)?.spec.volumes.find(({ name }) => name === 'data'),
      ]);
    };
    const claim = { metadata: { name: 'data' }, spec: { storageClassName: 'fast', resources: { requests: { storage: '3Gi' } } } };
    expect(await volumes({ size: '3Gi', storageClass: 'fast' })).toMatchObject(parts.map(() => [[claim], undefined]));
    expect(await volumes({ enabled: false })).toEqual(parts.map(() => [undefined, { name: 'data', emptyDir: {} }]));
  });
});

describe('passwords', () => {
  it('come from the Secret: nothing that is rendered holds or makes one', async () => {
    const manifests = await render();
    expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    expect(await renderText('ticketing-infra')).not.toContain('secretKeyRef');
    const used = [...podsOf(manifests).values()].flatMap(({ spec }) => spec.volumes.flatMap((volume) => volume['secret'] ?? []));
    expect(used).toEqual(
      [
        expect.objectContaining({ secretName: 'ticketing-secrets', items: [{ key: 'redis-password', path: 'redis-password' }] }),
        expect.objectContaining({ secretName: 'ticketing-secrets' }),
      ].reverse(),
    );
  });
});

describe('parts of the infrastructure', () => {
  it.each(parts)('go without %s when it is switched off', async (part) => {
    const all = await render();
    const rest = await render({ values: { [part]: { enabled: false } } });
    const names = (manifests: readonly Manifest[]): string[] => manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
    expect(names(rest)).toEqual(names(all).filter((name) => !name.includes(`infra-${part}`)));
    expect(names(rest).length).toBeLessThan(names(all).length);
  });

  it('have the images that the containers of the local stack have', async () => {
    const compose: { services: Record<string, { image?: string }> } = parse(
      readFileSync(`${repositoryRoot}deploy/images/compose.yaml`, 'utf8'),
    );
    const pods = podsOf(await render());
    expect(['mysql', 'redis', 'kafka'].map((part) => pods.get(`infra-${part}`)?.spec.containers[0]?.image)).toEqual([
      `docker.io/library/${compose.services['mysql']?.image}`,
      `docker.io/library/${compose.services['redis']?.image}`,
      `docker.io/${compose.services['kafka']?.image}`,
    ]);
  });

  it('want the image of Elasticsearch named, and say how', async () => {
    const problem = await chartProblem('ticketing-infra', { elasticsearch: { image: '' } });
    expect(problem).toContain('elasticsearch.image: name the image, for example --set elasticsearch.image=');
    expect((await render({ values: { elasticsearch: { image: '', enabled: false } } })).length).toBeGreaterThan(0);
  });

  it('have the credentials of a registry where they are given', async () => {
    const pods = podsOf(await render({ values: { imagePullSecrets: ['registry'] } }));
    for (const { spec } of pods.values()) expect(spec).toMatchObject({ imagePullSecrets: [{ name: 'registry' }] });
  });
});

describe('MySQL', () => {
  it('has the settings that the local stack has', async () => {
    const { data } = find(await render(), 'ConfigMap', 'infra-mysql');
    const lines = data?.['my.cnf']?.split('\n');
    expect(lines).toEqual(expect.arrayContaining(databaseSettings.map((setting) => setting.replace(/^--/, ''))));
  });

  it('lets in as many connections as are wanted', async () => {
    const { data } = find(await render({ values: { mysql: { maxConnections: 1200 } } }), 'ConfigMap', 'infra-mysql');
    expect(data?.['my.cnf']).toMatch(/^max-connections=1200$/m);
  });

  it('gives a new owner a database', async () => {
    const { spec } = podsOf(await render({ values: { mysql: { databases: { venue: 'venues' } } } })).get('infra-mysql') ?? {};
    expect(spec?.initContainers.find(({ name }) => name === 'accounts')?.command).toContain('venue=venues');
    expect(spec?.volumes).toContainEqual(
      expect.objectContaining({
        secret: expect.objectContaining({ items: expect.arrayContaining([{ key: 'venue-db-password', path: 'venue-db-password' }]) }),
      }),
    );
  });
});

describe('Kafka', () => {
  it('gets the topics that the local stack has', async () => {
    const { spec } = podsOf(await render()).get('infra-kafka-topics') ?? {};
    const [, , host, port, partitions, ...names] = spec?.containers[0]?.command ?? [];
    expect([host, port, partitions]).toEqual(['infra-kafka', '9092', String(topicPartitions)]);
    expect(names).toEqual(topics);
  });

  it('gets them after every installation and upgrade, by a Job that goes when it is done', async () => {
    const { metadata } = find(await render(), 'Job', 'infra-kafka-topics');
    expect(metadata.annotations).toEqual({
      'helm.sh/hook': 'post-install,post-upgrade',
      'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
    });
  });

  it('sends clients back to its Service', async () => {
    const { data } = find(await render({ release: 'other', namespace: 'shop' }), 'ConfigMap', 'other-kafka');
    expect(data?.['server.properties']).toContain('advertised.listeners=PLAINTEXT://other-kafka.shop.svc:9092\n');
  });
});

describe('the network', () => {
  const ports: Record<Part, number> = { mysql: 3306, redis: 6379, kafka: 9092, elasticsearch: 9200 };
  const infra = (name: string) => ({
    namespace: 'ticketing',
    labels: { 'app.kubernetes.io/part-of': 'ticketing-infra', 'app.kubernetes.io/instance': 'infra', 'app.kubernetes.io/name': name },
  });
  const product = (name: string, component: string, namespace = 'ticketing') => ({
    namespace,
    labels: {
      'app.kubernetes.io/part-of': 'ticketing',
      'app.kubernetes.io/instance': 'ticketing',
      'app.kubernetes.io/name': name,
      'app.kubernetes.io/component': component,
    },
  });

  it('lets every service to what it needs and to nothing else', async () => {
    const manifests = await render();
    const reached = serviceNames.map((service) => [
      service,
      parts.filter((part) => isAllowed(manifests, product(service, 'service'), infra(part), ports[part])),
    ]);
    expect(Object.fromEntries(reached)).toEqual({
      gateway: [],
      user: ['mysql', 'redis', 'kafka'],
      queue: ['redis', 'kafka'],
      concert: ['mysql', 'redis', 'kafka', 'elasticsearch'],
      reservation: ['mysql', 'redis', 'kafka'],
      payment: ['mysql', 'redis', 'kafka'],
    });
  });

  it.each(['migration', 'seed', 'grant-role'])('lets a %s to the database only', async (component) => {
    const manifests = await render();
    for (const owner of databaseOwners) {
      expect(parts.filter((part) => isAllowed(manifests, product(owner, component), infra(part), ports[part]))).toEqual(['mysql']);
    }
  });

  it('keeps everybody else out: tests, other namespaces, other ports, the parts themselves', async () => {
    const manifests = await render();
    for (const part of parts) {
      for (const stranger of [
        product('payment', 'test'),
        product('concert', 'service', 'elsewhere'),
        { namespace: 'ticketing', labels: {} },
      ]) {
        expect(isAllowed(manifests, stranger, infra(part), ports[part])).toBe(false);
      }
      for (const port of [9093, 9300, 33060]) expect(isAllowed(manifests, product('concert', 'service'), infra(part), port)).toBe(false);
    }
    const between = parts.flatMap((from) =>
      parts.filter((to) => isAllowed(manifests, infra(from), infra(to), ports[to])).map((to) => `${from} to ${to}`),
    );
    expect(between).toEqual(['kafka to kafka']);
  });

  it('lets the topics Job to Kafka, and everything to names and no further', async () => {
    const manifests = await render();
    expect(parts.filter((part) => isAllowed(manifests, infra('kafka-topics'), infra(part), ports[part]))).toEqual(['kafka']);
    const names = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };
    for (const name of [...parts, 'kafka-topics']) {
      expect(isAllowed(manifests, infra(name), names, { port: 53, protocol: 'UDP' })).toBe(true);
      expect(isAllowed(manifests, infra(name), names, 9153)).toBe(false);
      expect(isAllowed(manifests, infra(name), { ip: '198.51.100.7' }, 443)).toBe(false);
    }
  });

  it('is open where the policies are switched off', async () => {
    const manifests = await render({ values: { networkPolicies: { enabled: false } } });
    expect(manifests.filter(({ kind }) => kind === 'NetworkPolicy')).toEqual([]);
  });
});

describe('the schema of the values', () => {
  it.each([
    [{ mysq: {} }, /mysq/],
    [{ mysql: { enable: false } }, /mysql.*enable/s],
    [{ mysql: { image: 'mysql' } }, /mysql.image/],
    [{ redis: { image: 'docker.io/library/redis:latest' } }, /redis.image/],
    [{ mysql: { databases: { user: 'users; DROP DATABASE payments' } } }, /databases.user/],
    [{ mysql: { databases: { "o'hara": 'users' } } }, /invalid propertyName/],
    [{ mysql: { maxConnections: 'many' } }, /mysql.maxConnections/],
    [{ mysql: { persistence: { size: '8 GB' } } }, /persistence.size/],
    [{ mysql: { resources: { limits: { disk: '1Gi' } } } }, /disk/],
    [{ redis: { maxMemory: 'all' } }, /redis.maxMemory/],
    [{ kafka: { partitions: 0 } }, /kafka.partitions/],
    [{ kafka: { topics: ['users', 'users'] } }, /kafka.topics/],
    [{ kafka: { topics: ['No Topic'] } }, /kafka.topics.0/],
    [{ kafka: { heap: '512' } }, /kafka.heap/],
    [{ elasticsearch: { heap: '1 gigabyte' } }, /elasticsearch.heap/],
    [{ secrets: { name: 'Ticketing Secrets' } }, /secrets.name/],
    [{ imagePullPolicy: 'Sometimes' }, /imagePullPolicy/],
  ])('refuses %j', async (values, reason) => {
    expect(await chartProblem('ticketing-infra', values)).toMatch(reason);
  });
});
