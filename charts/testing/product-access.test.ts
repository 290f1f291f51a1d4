import { readdirSync } from 'node:fs';
import type { DescMethod } from '@bufbuild/protobuf';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { groupSuffix, isGrouped } from '@ticketing/common/call-groups';
import { topics as eventTopics } from '@ticketing/contracts/events';
import { z } from 'zod';
import { secretVariables } from '../../deploy/local/components.ts';
import { repositoryRoot } from '../../deploy/local/profile.ts';
import { secretMakers } from '../../deploy/local/secrets.ts';
import { isDatabaseOwner, type ServiceName, serviceNames, topics } from '../../deploy/local/services.ts';
import { contracts } from './contracts.ts';
import { find, namesOf, podOf } from './product-chart.ts';
import { type Manifest, renderChart } from './render-chart.ts';

const settingsService = 'ticketing.common.v1.SettingsService';
const operationsService = 'ticketing.common.v1.OperationsService';
const store = 'ticketing-secrets';

const operation = z.strictObject({ name: z.string(), httpVerb: z.array(z.string()), action: z.string() });
const policy = z.strictObject({
  appId: z.string(),
  namespace: z.string(),
  trustDomain: z.string(),
  defaultAction: z.string(),
  operations: z.array(operation).min(1),
});
const configurationSchema = z.looseObject({
  secrets: z.strictObject({
    scopes: z.array(z.strictObject({ storeName: z.string(), defaultAccess: z.string(), allowedSecrets: z.array(z.string()) })),
  }),
  accessControl: z.strictObject({ defaultAction: z.string(), trustDomain: z.string(), policies: z.array(policy) }),
});
const componentSchema = z.looseObject({
  scopes: z.array(z.string()).optional(),
  auth: z.strictObject({ secretStore: z.string() }).optional(),
  spec: z.looseObject({
    type: z.string(),
    ignoreErrors: z.boolean().optional(),
    metadata: z.array(
      z.union([
        z.strictObject({ name: z.string(), value: z.string() }),
        z.strictObject({ name: z.string(), secretKeyRef: z.strictObject({ name: z.string(), key: z.string() }) }),
      ]),
    ),
  }),
});
const subscriptionSchema = z.looseObject({
  scopes: z.tuple([z.enum(serviceNames)]),
  spec: z.strictObject({
    pubsubname: z.string(),
    topic: z.string(),
    routes: z.strictObject({ default: z.string() }),
    // A delivery of more events than that is larger than what the services take (common/receive-events).
    bulkSubscribe: z
      .strictObject({ enabled: z.literal(true), maxMessagesCount: z.int().max(100), maxAwaitDurationMs: z.int().max(500) })
      .optional(),
    deadLetterTopic: z.string().optional(),
  }),
});

let manifests: Manifest[];
beforeAll(async () => {
  manifests = await renderChart('ticketing', { namespace: 'shop' });
});

function configurationOf(service: ServiceName): z.infer<typeof configurationSchema> {
  return configurationSchema.parse(find(manifests, 'Configuration', service).spec);
}

function component(name: string): z.infer<typeof componentSchema> {
  return componentSchema.parse(find(manifests, 'Component', name));
}

function subscriptionsOf(service: ServiceName): z.infer<typeof subscriptionSchema>['spec'][] {
  const all = manifests.filter(({ kind }) => kind === 'Subscription').map((manifest) => subscriptionSchema.parse(manifest));
  return all.filter(({ scopes: [subscriber] }) => subscriber === service).map(({ spec }) => spec);
}

/** What `publishingScopes` or `subscriptionScopes` say of each app: `a=x,y;b=` is x and y for a, and nothing for b. */
function topicScopes(name: string, pubsub = 'ticketing-events'): Record<string, string[]> {
  const entry = component(pubsub).spec.metadata.find((item) => item.name === name);
  const entries = (entry && 'value' in entry ? entry.value : '').split(';').map((scope) => scope.split('='));
  return Object.fromEntries(entries.map(([app = '', list = '']) => [app, list.split(',').filter((topic) => topic !== '')]));
}

/**
 * The paths that a service answers to others: its own contract, the common ones for settings where it may read them and for operations where
 * it has a database, and where dead letters come back to it from another service.
 */
function pathsOf(service: ServiceName): string[] {
  const hasSettings = component('ticketing-settings').scopes?.includes(service);
  const methods = contracts
    .flatMap(({ services }) => services)
    .filter(
      ({ typeName }) =>
        typeName.startsWith(`ticketing.${service}.`) ||
        (hasSettings && typeName === settingsService) ||
        (isDatabaseOwner(service) && typeName === operationsService),
    )
    .flatMap(({ methods: ofService }) => ofService.flatMap(pathsOfMethod));
  const isKeptElsewhere = serviceNames.some((other) => other !== service && lettersKeptBy(other).includes(service));
  return isKeptElsewhere ? [...methods, '/redriven'] : methods;
}

/** A method that may be asked twice is also called in groups. */
function pathsOfMethod(method: DescMethod): string[] {
  const path = `/${method.parent.typeName}/${method.name}`;
  return isGrouped(method) ? [path, `${path}${groupSuffix}`] : [path];
}

/** Whose dead letters a service takes. */
function lettersKeptBy(service: ServiceName): string[] {
  return subscriptionsOf(service).flatMap(({ topic }) => /^(.*)\.dead-letters$/.exec(topic)?.[1] ?? []);
}

describe('access control', () => {
  it('knows every contract', () => {
    const folder = `${repositoryRoot}proto`;
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.proto'));
    expect(contracts.map(({ name }) => `${name}.proto`).sort()).toEqual(files.sort());
  });

  it.each(serviceNames)('at %s lets nobody in but by a policy for services of its own namespace', (service) => {
    const { accessControl } = configurationOf(service);
    expect(accessControl).toMatchObject({ defaultAction: 'deny', trustDomain: 'public' });
    for (const { appId, namespace, trustDomain, defaultAction } of accessControl.policies) {
      expect(serviceNames).toContain(appId);
      expect({ namespace, trustDomain, defaultAction }).toEqual({ namespace: 'shop', trustDomain: 'public', defaultAction: 'deny' });
    }
    const callers = accessControl.policies.map(({ appId }) => appId);
    expect(new Set(callers).size).toBe(callers.length);
  });

  it.each(serviceNames)('at %s opens each operation that there is to somebody, and none that there is not', (service) => {
    const operations = configurationOf(service).accessControl.policies.flatMap((caller) => caller.operations);
    for (const { httpVerb, action } of operations) expect({ httpVerb, action }).toEqual({ httpVerb: ['POST'], action: 'allow' });
    expect([...new Set(operations.map(({ name }) => name))].sort()).toEqual(pathsOf(service).sort());
  });

  it('leaves the steps of a sale to those who take them', () => {
    const callers = (service: ServiceName, method: string): string[] =>
      configurationOf(service)
        .accessControl.policies.filter(({ operations }) =>
          operations.some(({ name }) => name.endsWith(`/${method}`) || name.endsWith(`/${method}${groupSuffix}`)),
        )
        .map(({ appId }) => appId);
    expect(callers('reservation', 'ConfirmReservation')).toEqual(['payment']);
    expect(callers('reservation', 'ReleaseReservation')).toEqual(['payment']);
    expect(callers('reservation', 'ReleaseTickets')).toEqual(['payment']);
    expect(callers('reservation', 'AbandonReservation')).toEqual(['payment']);
    expect(callers('queue', 'redriven')).toEqual(['payment']);
    expect(callers('reservation', 'GetAvailability')).toEqual(['concert', 'queue']);
    expect(callers('concert', 'AuthorizeGate')).toEqual(['reservation']);
    expect(callers('payment', 'Pay')).toEqual(['gateway']);
    expect(callers('queue', 'PutSetting')).toEqual(['gateway']);
    expect(configurationOf('gateway').accessControl.policies).toEqual([]);
  });
});

describe('the secrets of sidecars', () => {
  it.each(serviceNames)('at %s are those of its service and of its components', (service) => {
    const text = podOf(manifests, 'Deployment', service).metadata.annotations['dapr.io/env-from-secret'];
    const given = (text?.split(',') ?? []).map((entry) => entry.split(/[=:]/));
    expect(given.map(([variable]) => variable).sort()).toEqual(secretVariables(service).sort());
    for (const [variable = '', secret, key = ''] of given) {
      expect({ secret, key }).toEqual({ secret: 'ticketing-secrets', key: variable.toLowerCase().replaceAll('_', '-') });
      expect([...secretMakers().keys()]).toContain(key);
    }
  });

  it.each(serviceNames)('at %s are given to the service only where they are its own', (service) => {
    const { scopes } = configurationOf(service).secrets;
    expect(scopes).toMatchObject([{ storeName: store, defaultAccess: 'deny' }]);
    const others = serviceNames.filter((name) => name !== service).map((name) => `${name.toUpperCase()}_`);
    const own = scopes.flatMap(({ allowedSecrets }) => allowedSecrets);
    expect(own.filter((name) => name === 'REDIS_PASSWORD' || others.some((prefix) => name.startsWith(prefix)))).toEqual([]);
  });

  it('are read from their environment by components, which hold none', () => {
    for (const name of namesOf(manifests, 'Component').filter((other) => other !== store)) {
      const { spec, auth } = component(name);
      const secret = spec.metadata.filter(({ name: item }) => /password|key$|token|secret/i.test(item));
      for (const item of secret) {
        expect(item).toHaveProperty('secretKeyRef');
        expect(auth).toEqual({ secretStore: store });
      }
    }
    expect(component(store).spec).toMatchObject({ type: 'secretstores.local.env' });
  });
});

describe('components', () => {
  it('are for services that there are, and for the secret store all of them', () => {
    const scoped = manifests.filter(({ kind }) => ['Component', 'HTTPEndpoint', 'Subscription'].includes(kind));
    for (const manifest of scoped) {
      const { scopes } = z.looseObject({ scopes: z.array(z.string()).min(1).optional() }).parse(manifest);
      if (manifest.metadata.name === store) expect(scopes).toBeUndefined();
      else expect(serviceNames).toEqual(expect.arrayContaining(scopes ?? ['nobody is named']));
    }
  });

  it('carry each event topic from one service, and dead letters from those who may give up', () => {
    const publishers = topicScopes('publishingScopes');
    const published = Object.values(publishers).flat();
    expect(Object.keys(publishers).sort()).toEqual([...(component('ticketing-events').scopes ?? [])].sort());
    expect(published.filter((topic) => !topic.endsWith('.dead-letters')).sort()).toEqual(Object.keys(eventTopics).sort());
    for (const service of serviceNames) {
      const given = [...new Set(subscriptionsOf(service).flatMap(({ deadLetterTopic }) => deadLetterTopic ?? []))];
      expect((publishers[service] ?? []).filter((topic) => topic.endsWith('.dead-letters'))).toEqual(given);
      expect(given).toEqual(given.length === 0 ? [] : [`${service}.dead-letters`]);
    }
    expect(topics).toEqual(expect.arrayContaining(published));
  });

  it.each(['ticketing-events', 'ticketing-broadcasts'])('bring by %s the topics that services subscribe to, and no others', (pubsub) => {
    const subscribers = topicScopes('subscriptionScopes', pubsub);
    expect(Object.keys(subscribers).sort()).toEqual([...(component(pubsub).scopes ?? [])].sort());
    for (const service of serviceNames) {
      const subscriptions = subscriptionsOf(service).filter(({ pubsubname }) => pubsubname === pubsub);
      expect(subscriptions.map(({ topic }) => topic).sort()).toEqual((subscribers[service] ?? []).sort());
      for (const { topic, routes, deadLetterTopic } of subscriptions) {
        const [, consumer] = /^(.*)\.dead-letters$/.exec(topic) ?? [];
        const route = consumer === undefined ? `/events/${topic}` : `/dead-letters/${consumer}`;
        expect(routes.default).toBe(route);
        // An event that nobody takes goes somewhere; a letter waits until it is kept.
        expect(deadLetterTopic === undefined).toBe(consumer !== undefined);
        if (consumer === undefined) expect(Object.keys(eventTopics)).toContain(topic);
      }
    }
  });

  it('deliver in groups all but dead letters: a single delivery can cost a killed service its topic', () => {
    for (const { topic, bulkSubscribe } of serviceNames.flatMap(subscriptionsOf)) {
      expect({ topic, isInGroups: bulkSubscribe !== undefined }).toEqual({ topic, isInGroups: !topic.endsWith('.dead-letters') });
    }
  });

  it('have every dead letter kept by one service with a database', () => {
    const consumers = serviceNames.filter((service) =>
      subscriptionsOf(service).some(({ deadLetterTopic }) => deadLetterTopic !== undefined),
    );
    expect(serviceNames.flatMap(lettersKeptBy).sort()).toEqual(consumers.sort());
    expect(serviceNames.filter((service) => lettersKeptBy(service).length > 0).filter((service) => !isDatabaseOwner(service))).toEqual([]);
  });

  it('broadcast what only caches need, to a group for each instance, which may give up on its own dead letters', () => {
    const { metadata } = component('ticketing-broadcasts').spec;
    expect(metadata).toContainEqual({ name: 'consumerID', value: '{uuid}' });
    expect(Object.values(topicScopes('subscriptionScopes', 'ticketing-broadcasts')).flat()).toEqual(['cache-invalidations']);
    const publishers = topicScopes('publishingScopes', 'ticketing-broadcasts');
    for (const [service, written] of Object.entries(publishers)) expect(written).toEqual([`${service}.dead-letters`]);
  });
});

describe('sidecars', () => {
  const checksums = async (options: Parameters<typeof renderChart>[1]): Promise<(string | undefined)[]> => {
    const rendered = await renderChart('ticketing', options);
    return serviceNames.map((name) => podOf(rendered, 'Deployment', name).metadata.annotations['checksum/components']);
  };

  it.each([
    ['an address in a component', { values: { external: { redis: { host: 'cache.example' } } } }],
    ['the Configuration', { values: { tracing: { zipkinUrl: 'http://zipkin.monitoring:9411/api/v2/spans' } } }],
  ])('begin anew with another version of %s', async (_what, options) => {
    const [before, after] = [await checksums({}), await checksums(options)];
    for (const [index, checksum] of after.entries()) expect(checksum).not.toBe(before[index]);
  });

  it('stay when something else changes', async () => {
    expect(await checksums({ values: { ingress: { enabled: false } } })).toEqual(await checksums({}));
  });
});

describe('without Redis', () => {
  it('sidecars start all the same, and open what is on it later', () => {
    const onRedis = manifests
      .filter(({ kind }) => kind === 'Component')
      .map((manifest) => ({ name: manifest.metadata.name, ...componentSchema.parse(manifest).spec }))
      .filter(({ type }) => type.endsWith('.redis'));
    expect(onRedis).toHaveLength(5);
    expect(onRedis.filter(({ ignoreErrors }) => ignoreErrors !== true)).toEqual([]);
    const configurations = manifests.filter(({ kind }) => kind === 'Configuration');
    expect(configurations).toHaveLength(serviceNames.length);
    for (const { spec } of configurations)
      expect(spec).toMatchObject({ features: expect.arrayContaining([{ name: 'HotReload', enabled: true }]) });
  });
});

describe('addresses', () => {
  it('are those of the infra release, or of what is external', async () => {
    const addressesOf = (rendered: readonly Manifest[]): unknown => {
      const value = (name: string, item: string): unknown =>
        componentSchema.parse(find(rendered, 'Component', name)).spec.metadata.find((entry) => entry.name === item);
      const redis = ['ticketing-state', 'ticketing-cache', 'ticketing-lock', 'ticketing-settings', 'ticketing-settings-writer'];
      return {
        redis: [...new Set(redis.map((name) => JSON.stringify(value(name, 'redisHost'))))],
        kafka: value('ticketing-events', 'brokers'),
        elasticsearch: ['elasticsearch', 'elasticsearch-bulk'].map((name) => find(rendered, 'HTTPEndpoint', name).spec),
      };
    };
    expect(addressesOf(manifests)).toEqual({
      redis: ['{"name":"redisHost","value":"infra-redis:6379"}'],
      kafka: { name: 'brokers', value: 'infra-kafka:9092' },
      elasticsearch: [{ baseUrl: 'http://infra-elasticsearch:9200' }, { baseUrl: 'http://infra-elasticsearch:9200' }],
    });
    const external = {
      redis: { host: 'cache.example', port: 6380 },
      kafka: { host: 'broker.example', port: 9093 },
      elasticsearch: { host: 'search.example', port: 9201 },
    };
    expect(addressesOf(await renderChart('ticketing', { values: { external } }))).toEqual({
      redis: ['{"name":"redisHost","value":"cache.example:6380"}'],
      kafka: { name: 'brokers', value: 'broker.example:9093' },
      elasticsearch: [{ baseUrl: 'http://search.example:9201' }, { baseUrl: 'http://search.example:9201' }],
    });
  });
});
