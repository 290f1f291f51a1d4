import { describe, expect, it } from '@jest/globals';
import { serviceNames } from '../local/services.ts';
import { createSecrets } from './create-secrets.ts';

interface StoredSecret {
  metadata: { name: string; resourceVersion: string };
  data: Record<string, string>;
}

interface SentSecret {
  metadata: { name: string; namespace: string; resourceVersion?: string };
  data?: Record<string, string>;
  stringData: Record<string, string>;
}

function encode(values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
}

/** As much of a cluster as the Secrets need; it keeps every command line that it was given. */
function fakeCluster() {
  const stored = new Map<string, StoredSecret>();
  const commands: string[] = [];
  const kubectl = (args: string[], stdin = ''): Promise<string> => {
    commands.push(args.join(' '));
    if (args[0] === 'get') {
      const items = [...stored.values()].filter((secret) => args.includes(secret.metadata.name));
      return Promise.resolve(items.length === 0 ? '' : JSON.stringify({ items }));
    }
    const { items }: { items: SentSecret[] } = JSON.parse(stdin);
    for (const { metadata, data, stringData } of items) {
      const existing = stored.get(metadata.name);
      if ((args[0] === 'create') === (existing !== undefined)) throw new Error(`cannot ${args[0] ?? ''} ${metadata.name}`);
      if (existing?.metadata.resourceVersion !== metadata.resourceVersion) throw new Error(`${metadata.name} has been modified`);
      stored.set(metadata.name, { metadata: { name: metadata.name, resourceVersion: '1' }, data: { ...data, ...encode(stringData) } });
    }
    return Promise.resolve('');
  };
  const valueOf = (name: string, key: string): string => Buffer.from(stored.get(name)?.data[key] ?? '', 'base64').toString();
  return { stored, commands, kubectl, valueOf };
}

describe('Secrets for a namespace', () => {
  it('are all that the charts read: one with every password and key set, and two tokens for each service', async () => {
    const { kubectl, stored, valueOf } = fakeCluster();
    const made = await createSecrets(kubectl, 'ticketing');
    const tokens = serviceNames.flatMap((service) => [`${service}-dapr-api-token`, `${service}-app-api-token`]);
    expect(made.sort()).toEqual(['ticketing-secrets', ...tokens].sort());
    expect(Object.keys(stored.get('ticketing-secrets')!.data).sort()).toEqual([
      'concert-db-password',
      'concert-migrator-db-password',
      'pass-signing-keys',
      'payment-db-password',
      'payment-migrator-db-password',
      'redis-password',
      'reservation-db-password',
      'reservation-migrator-db-password',
      'smtp-password',
      'ticket-signing-keys',
      'user-db-password',
      'user-migrator-db-password',
      'user-signing-keys',
      'witness-db-password',
    ]);
    expect(valueOf('user-dapr-api-token', 'token')).toMatch(/^[\w-]{32}$/);
    expect(JSON.parse(valueOf('ticketing-secrets', 'user-signing-keys'))).toMatchObject({ keys: [{ crv: 'Ed25519' }] });
  });

  it('are left alone when they are there', async () => {
    const { kubectl, stored, commands } = fakeCluster();
    await createSecrets(kubectl, 'ticketing');
    const before = structuredClone([...stored]);
    commands.length = 0;
    expect(await createSecrets(kubectl, 'ticketing')).toEqual([]);
    expect([...stored]).toEqual(before);
    expect(commands).toEqual([expect.stringMatching(/^get /)]);
  });

  it('get the keys that they lack and keep those that they have', async () => {
    const { kubectl, stored, valueOf } = fakeCluster();
    const data = encode({ 'redis-password': 'chosen by hand', 'of-somebody-else': 'kept' });
    stored.set('ticketing-secrets', { metadata: { name: 'ticketing-secrets', resourceVersion: '7' }, data });
    expect(await createSecrets(kubectl, 'ticketing')).toContain('ticketing-secrets');
    expect(valueOf('ticketing-secrets', 'redis-password')).toBe('chosen by hand');
    expect(valueOf('ticketing-secrets', 'of-somebody-else')).toBe('kept');
    expect(valueOf('ticketing-secrets', 'user-db-password')).toMatch(/^[\w-]{32}$/);
  });

  it('are never part of a command line', async () => {
    const { kubectl, stored, commands } = fakeCluster();
    await createSecrets(kubectl, 'ticketing');
    const values = [...stored.values()].flatMap(({ data }) => Object.values(data)).flatMap((value) => [value, atob(value)]);
    expect(values.filter((value) => commands.some((command) => command.includes(value)))).toEqual([]);
  });
});
