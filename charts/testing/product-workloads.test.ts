import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { migratorAccount, serviceAccount } from '../../deploy/local/infrastructure/database-accounts.ts';
import { repositoryRoot } from '../../deploy/local/profile.ts';
import { secretMakers } from '../../deploy/local/secrets.ts';
import { databaseOwners, databases, isDatabaseOwner, serviceNames } from '../../deploy/local/services.ts';
import { restrictedProblems } from './pod-security.ts';
import { find, namesOf, onlyContainer, plainVariables, podOf, podsOf, secretVariablesOf, serviceContainer } from './product-chart.ts';
import { chartProblem, type Manifest, renderChart } from './render-chart.ts';

const valuesSchema = z.looseObject({ services: z.record(z.string(), z.looseObject({ database: z.string().optional() })) });
const secrets = { get: () => 'unused' };

let manifests: Manifest[];
let seeded: Manifest[];
beforeAll(async () => {
  manifests = await renderChart('ticketing');
  seeded = await renderChart('ticketing', { values: { seed: { enabled: true, password: 'for everybody' } } });
});

function selectorOf(name: string, component: string): Record<string, string> {
  return {
    'app.kubernetes.io/part-of': 'ticketing',
    'app.kubernetes.io/instance': 'ticketing',
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/component': component,
  };
}

describe('the services of the chart', () => {
  it('are those of the local stack, with the same databases', () => {
    const { services } = valuesSchema.parse(parse(readFileSync(`${repositoryRoot}charts/ticketing/values.yaml`, 'utf8')));
    expect(Object.keys(services).sort()).toEqual([...serviceNames].sort());
    const owned = Object.entries(services).flatMap(([name, { database }]) => (database === undefined ? [] : [[name, database]]));
    expect(Object.fromEntries(owned)).toEqual(databases);
  });
});

describe('every pod', () => {
  it('is as restricted as pods can be: services, migrations, demonstration data, the reindexer and the test', () => {
    const problems = podsOf(seeded).map(({ maker, template }) => [
      `${maker.kind} ${maker.metadata.name}`,
      restrictedProblems(template.spec),
    ]);
    expect(Object.fromEntries(problems)).toEqual(
      Object.fromEntries(
        [
          ...serviceNames.map((name) => `Deployment ${name}`),
          ...databaseOwners.map((name) => `Job ${name}-migration`),
          'Job user-seed',
          'Job concert-seed',
          'CronJob ticketing-reindex',
          'Pod ticketing-buy-a-ticket',
        ].map((pod) => [pod, []]),
      ),
    );
  });

  it('says what it takes of CPU and memory, and where its memory ends', () => {
    for (const { template } of podsOf(seeded)) {
      expect(onlyContainer(template).resources).toEqual({
        requests: { cpu: expect.stringMatching(/^\d+m$/), memory: expect.stringMatching(/^\d+Mi$/) },
        limits: { memory: expect.stringMatching(/^\d+Mi$/) },
      });
    }
  });

  it('has the image of its service, from the registry and with the tag that are wanted', async () => {
    const image = { registry: 'registry.example:5000/shop', tag: '2.0', pullPolicy: 'Always', pullSecrets: ['registry'] };
    for (const { maker, template } of podsOf(await renderChart('ticketing', { values: { image } }))) {
      const service = maker.metadata.labels['app.kubernetes.io/name'];
      expect(onlyContainer(template)).toMatchObject({ image: `registry.example:5000/shop/${service}:2.0`, imagePullPolicy: 'Always' });
      expect(template.spec).toMatchObject({ imagePullSecrets: [{ name: 'registry' }] });
    }
    expect(serviceContainer(manifests, 'user').image).toBe('registry.example/ticketing/user:0.1.0');
  });

  it('has the image with the digest of its service where that is given, and with the tag elsewhere', async () => {
    const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
    const rendered = await renderChart('ticketing', { values: { services: { payment: { digest } }, witness: { enabled: true } } });
    for (const { maker, template } of podsOf(rendered)) {
      const service = maker.metadata.labels['app.kubernetes.io/name'];
      const version = service === 'payment' ? `@${digest}` : ':0.1.0';
      expect(onlyContainer(template).image).toBe(`registry.example/ticketing/${service}${version}`);
    }
  });

  it('is not rendered without a registry: Helm says what to set', async () => {
    expect(await chartProblem('ticketing', { image: { registry: '' } })).toContain(
      'image.registry: say where the images of the services are, for example --set image.registry=',
    );
  });
});

describe.each(serviceNames)('%s', (service) => {
  const selector = selectorOf(service, 'service');

  it('has all that a service has, and everything finds its pods', () => {
    const own = manifests.filter(({ metadata }) => metadata.name === service);
    expect(own.map(({ kind }) => kind).sort()).toEqual([
      'Configuration',
      'Deployment',
      'HorizontalPodAutoscaler',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'Service',
    ]);
    expect(podOf(manifests, 'Deployment', service).metadata.labels).toMatchObject(selector);
    expect(find(manifests, 'Deployment', service).spec).toMatchObject({ selector: { matchLabels: selector } });
    expect(find(manifests, 'Service', service).spec).toMatchObject({ selector, ports: [{ name: 'http', port: 8080, targetPort: 'http' }] });
    expect(find(manifests, 'PodDisruptionBudget', service).spec).toMatchObject({ selector: { matchLabels: selector }, maxUnavailable: 1 });
    expect(find(manifests, 'NetworkPolicy', service).spec).toMatchObject({ podSelector: { matchLabels: selector } });
  });

  it('is restarted when it does not answer, whatever its database does, and gets requests while it can work', () => {
    const container = serviceContainer(manifests, service);
    expect(container.ports).toEqual([{ name: 'http', containerPort: 8080 }]);
    expect(container.startupProbe?.httpGet).toEqual({ path: '/healthz', port: 'http' });
    expect(container.livenessProbe?.httpGet).toEqual({ path: '/healthz', port: 'http' });
    expect(container.readinessProbe?.httpGet).toEqual({ path: '/readyz', port: 'http' });
  });

  it('drains before it ends, and has the time for it', async () => {
    const values = { services: { [service]: { drainSeconds: 7 } } };
    const template = podOf(await renderChart('ticketing', { values }), 'Deployment', service);
    expect(onlyContainer(template).lifecycle).toEqual({ preStop: { sleep: { seconds: 7 } } });
    expect(template.spec).toMatchObject({ terminationGracePeriodSeconds: 32 });
  });

  it('is spread over nodes and zones, and replaced without a gap', () => {
    const labelSelector = { matchLabels: selector };
    expect(podOf(manifests, 'Deployment', service).spec).toMatchObject({
      topologySpreadConstraints: [
        { topologyKey: 'kubernetes.io/hostname', maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', labelSelector },
        { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', labelSelector },
      ],
    });
    const strategy = { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
    expect(find(manifests, 'Deployment', service).spec).toMatchObject({ strategy });
  });

  it('grows with its load, and has a fixed number of pods where it may not', async () => {
    expect(find(manifests, 'HorizontalPodAutoscaler', service).spec).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: service },
      minReplicas: 2,
      maxReplicas: service === 'gateway' ? 10 : 6,
      metrics: [{ containerResource: { container: 'service', target: { averageUtilization: 150 } } }],
    });
    expect(find(manifests, 'Deployment', service).spec).not.toHaveProperty('replicas');
    const values = { services: { [service]: { replicas: 3, autoscaling: { enabled: false } } } };
    const fixed = await renderChart('ticketing', { values });
    expect(namesOf(fixed, 'HorizontalPodAutoscaler')).toEqual(serviceNames.filter((name) => name !== service).sort());
    expect(find(fixed, 'Deployment', service).spec).toMatchObject({ replicas: 3 });
  });

  it('gets a native sidecar that ends after it, with tokens and resources of its own', () => {
    expect(podOf(manifests, 'Deployment', service).metadata.annotations).toMatchObject({
      'dapr.io/enabled': 'true',
      'dapr.io/app-id': service,
      'dapr.io/app-port': '8080',
      'dapr.io/app-protocol': 'http',
      'dapr.io/config': service,
      'dapr.io/enable-native-sidecar': 'true',
      'dapr.io/graceful-shutdown-seconds': '5',
      'dapr.io/disable-builtin-k8s-secret-store': 'true',
      'dapr.io/api-token-secret': `${service}-dapr-api-token`,
      'dapr.io/app-token-secret': `${service}-app-api-token`,
      'dapr.io/enable-app-health-check': 'true',
      'dapr.io/app-health-check-path': '/healthz',
      'dapr.io/sidecar-seccomp-profile-type': 'RuntimeDefault',
      'dapr.io/sidecar-cpu-request': '100m',
      'dapr.io/sidecar-memory-request': '96Mi',
      'dapr.io/sidecar-memory-limit': '256Mi',
    });
  });

  it('is told who it is and where its database is, and has the tokens that its sidecar has', () => {
    const container = serviceContainer(manifests, service);
    const database = isDatabaseOwner(service) && {
      DB_HOST: 'infra-mysql',
      DB_PORT: '3306',
      DB_NAME: databases[service],
      DB_USER: serviceAccount(secrets, service).user,
      DB_POOL_SIZE: '12',
    };
    const variables = plainVariables(container);
    expect(variables).toMatchObject({ APP_ID: service, APP_PORT: '8080', HOST: '0.0.0.0', NODE_ENV: 'production', ...database });
    if (!isDatabaseOwner(service)) expect(Object.keys(variables).filter((name) => name.startsWith('DB_'))).toEqual([]);
    expect(secretVariablesOf(container)).toEqual({
      DAPR_API_TOKEN: `${service}-dapr-api-token/token`,
      APP_API_TOKEN: `${service}-app-api-token/token`,
    });
  });
});

describe('migrations', () => {
  it('run before each version, for those who own a database, with the account that may change it', () => {
    expect(namesOf(manifests, 'Job')).toEqual(databaseOwners.map((owner) => `${owner}-migration`).sort());
    for (const owner of databaseOwners) {
      const { metadata } = find(manifests, 'Job', `${owner}-migration`);
      expect(metadata.annotations).toMatchObject({
        'helm.sh/hook': 'pre-install,pre-upgrade',
        'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
      });
      const template = podOf(manifests, 'Job', `${owner}-migration`);
      expect(template.metadata).toMatchObject({ labels: selectorOf(owner, 'migration'), annotations: {} });
      const container = onlyContainer(template);
      expect(container.command).toEqual(['node', 'dist/migrate.js']);
      expect(plainVariables(container)).toMatchObject({ DB_NAME: databases[owner], DB_USER: migratorAccount(secrets, owner).user });
      expect(secretVariablesOf(container)).toEqual({ DB_PASSWORD: `ticketing-secrets/${owner}-migrator-db-password` });
    }
  });
});

describe('demonstration data', () => {
  it('is written by the services that own it, after an installation or upgrade, where it is wanted', () => {
    expect(namesOf(manifests, 'Job', 'seed')).toEqual([]);
    expect(namesOf(seeded, 'Job', 'seed')).toEqual(['concert-seed', 'user-seed']);
    const programs = { user: 'dist/seed-accounts.js', concert: 'dist/seed-catalogue.js' } as const;
    for (const owner of ['user', 'concert'] as const) {
      expect(find(seeded, 'Job', `${owner}-seed`).metadata.annotations).toMatchObject({ 'helm.sh/hook': 'post-install,post-upgrade' });
      const container = onlyContainer(podOf(seeded, 'Job', `${owner}-seed`));
      expect(container.command).toEqual(['node', programs[owner]]);
      expect(plainVariables(container)).toMatchObject({
        DB_NAME: databases[owner],
        DB_USER: serviceAccount(secrets, owner).user,
        SEED_PASSWORD: 'for everybody',
      });
      expect(secretVariablesOf(container)).toEqual({ DB_PASSWORD: `ticketing-secrets/${owner}-db-password` });
    }
  });
});

describe('the first operator', () => {
  const wanted = { bootstrapOperator: { enabled: true, secretName: 'first-operator' } };

  it('is made after an installation or upgrade, where that is wanted, of the address in a Secret', async () => {
    expect(namesOf(manifests, 'Job', 'grant-role')).toEqual([]);
    const rendered = await renderChart('ticketing', { values: wanted });
    expect(namesOf(rendered, 'Job', 'grant-role')).toEqual(['user-grant-role']);
    expect(find(rendered, 'Job', 'user-grant-role').metadata.annotations).toMatchObject({ 'helm.sh/hook': 'post-install,post-upgrade' });
    const template = podOf(rendered, 'Job', 'user-grant-role');
    expect(restrictedProblems(template.spec)).toEqual([]);
    const container = onlyContainer(template);
    expect(container.command).toEqual(['node', 'dist/grant-role.js']);
    expect(plainVariables(container)).toMatchObject({
      ...{ DB_NAME: databases.user, DB_USER: serviceAccount(secrets, 'user').user },
      ...{ GRANT_ROLE: 'operator', GRANT_TO_UNVERIFIED: 'no' },
    });
    expect(secretVariablesOf(container)).toEqual({
      DB_PASSWORD: 'ticketing-secrets/user-db-password',
      GRANT_EMAIL: 'first-operator/email',
    });
  });
});

describe('secrets', () => {
  it('are neither made nor named by their value: each comes from a Secret that exists before', () => {
    expect(namesOf(manifests, 'Secret')).toEqual([]);
    const containers = podsOf(manifests).map(({ template }) => onlyContainer(template));
    const plain = containers.flatMap((container) => Object.keys(plainVariables(container)));
    expect(plain.filter((name) => /PASSWORD|TOKEN|KEY|SECRET/.test(name))).toEqual([]);
    const known = [
      ...[...secretMakers().keys()].map((key) => `ticketing-secrets/${key}`),
      ...serviceNames.flatMap((name) => [`${name}-dapr-api-token/token`, `${name}-app-api-token/token`]),
    ];
    const used = containers.flatMap((container) => Object.values(secretVariablesOf(container)));
    expect(used.length).toBeGreaterThan(10);
    expect(used.filter((reference) => !known.includes(reference))).toEqual([]);
  });

  it('come from another Secret where it is named, and a new revision of them restarts every service', async () => {
    const other = await renderChart('ticketing', { values: { secrets: { name: 'shop-secrets', revision: 'two' } } });
    const references = podsOf(other).flatMap(({ template }) => Object.values(secretVariablesOf(onlyContainer(template))));
    expect(references.filter((reference) => !reference.endsWith('/token') && !reference.startsWith('shop-secrets/'))).toEqual([]);
    for (const service of serviceNames) {
      const { annotations } = podOf(other, 'Deployment', service).metadata;
      expect(annotations).toMatchObject({ 'ticketing/secrets-revision': 'two' });
      expect(annotations['dapr.io/env-from-secret'] ?? '').not.toContain('ticketing-secrets');
    }
  });
});
