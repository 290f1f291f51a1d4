import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { fillPlaceholders, renderComponents, resourcesFolder, secretVariables } from './components.ts';
import { resolvePorts } from './ports.ts';
import { profileFolders } from './profile.ts';
import { Progress } from './progress.ts';
import type { ServiceName } from './services.ts';
import type { StackContext } from './stack-context.ts';

let folder: string;
let context: StackContext;
beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/components-`);
  context = {
    profile: 'test',
    folders: {
      ...profileFolders('test'),
      components: `${folder}/components`,
      configurations: `${folder}/configurations`,
      nameResolution: `${folder}/name-resolution.db`,
    },
    ports: resolvePorts('test', { redis: 7001, kafka: 7002, elasticsearch: 7003 }),
    secrets: { get: () => 'unused' },
    publishAddress: undefined,
    progress: new Progress({ quiet: true }),
    signal: new AbortController().signal,
    abandon: () => undefined,
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

function rendered(service: ServiceName = 'concert'): Map<string, string> {
  const components = resourcesFolder(context, service);
  return new Map(readdirSync(components).map((name) => [name, readFileSync(`${components}/${name}`, 'utf8')]));
}

describe('placeholders', () => {
  it('are filled, and one without a value is named', () => {
    const file = `${folder}/state.yaml`;
    writeFileSync(file, 'redisHost: ${REDIS_HOST}\nuser: ${NOBODY}\n');
    expect(fillPlaceholders(file, { REDIS_HOST: 'a:1', NOBODY: 'b' })).toBe('redisHost: a:1\nuser: b\n');
    expect(() => fillPlaceholders(file, { REDIS_HOST: 'a:1' })).toThrow(`${file}: unknown placeholder \${NOBODY}`);
  });
});

describe('rendered components', () => {
  it("are one resource per file, with this stack's addresses", () => {
    renderComponents(context, undefined);
    const files = rendered();
    expect(files.size).toBeGreaterThan(5);
    for (const text of files.values()) {
      expect(parseAllDocuments(text)).toHaveLength(1);
      expect(text).not.toContain('${');
    }
    const all = [...files.values()].join('\n');
    for (const address of ['127.0.0.1:7001', '127.0.0.1:7002', 'http://127.0.0.1:7003']) expect(all).toContain(address);
  });

  it('are for a sidecar those in the scope of its service, and those without a scope', () => {
    renderComponents(context, undefined);
    expect([...rendered('user').keys()].sort()).toEqual([
      ...['events.yaml', 'lock.yaml', 'mail.yaml', 'resiliency.yaml', 'secrets.yaml'],
      ...['subscriptions-user-dead-letters.yaml', 'subscriptions-user-payments.yaml', 'subscriptions-user-performances.yaml'],
    ]);
    expect([...rendered('queue').keys()]).toEqual(expect.arrayContaining(['state.yaml', 'subscriptions-queue-payments.yaml']));
    expect([...rendered('queue').keys()]).not.toContain('subscriptions-payment-reservations.yaml');
  });

  it('leave nothing of an earlier start behind', () => {
    renderComponents(context, undefined);
    writeFileSync(`${resourcesFolder(context, 'concert')}/gone.yaml`, 'kind: Component\n');
    writeFileSync(`${context.folders.nameResolution}-wal`, 'old');
    renderComponents(context, undefined);
    expect([...rendered().keys()]).not.toContain('gone.yaml');
    expect(readdirSync(folder)).not.toContain('name-resolution.db-wal');
  });

  it('tell sidecars how to find each other, and where traces go when somebody takes them', () => {
    renderComponents(context, 'http://127.0.0.1:9/api/v2/spans');
    expect(parse(readFileSync(`${context.folders.configurations}/queue.yaml`, 'utf8'))).toMatchObject({
      kind: 'Configuration',
      metadata: { name: 'queue' },
      spec: {
        secrets: { scopes: [{ defaultAccess: 'deny', allowedSecrets: ['PASS_SIGNING_KEYS'] }] },
        nameResolution: { component: 'sqlite', configuration: { connectionString: context.folders.nameResolution } },
        tracing: { zipkin: { endpointAddress: 'http://127.0.0.1:9/api/v2/spans' } },
      },
    });
  });
});

describe('the secrets of a sidecar', () => {
  it('are what its service owns, and what its components are opened with', () => {
    expect(secretVariables('gateway')).toEqual([]);
    expect(secretVariables('user')).toEqual(['USER_DB_PASSWORD', 'USER_SIGNING_KEYS', 'REDIS_PASSWORD', 'SMTP_PASSWORD']);
  });
});
