import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadSigningKeys } from '@ticketing/common/signing-keys';
import { loadSecrets } from './secrets.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/secrets-`);
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('secrets', () => {
  it('are made once, for the eyes of the owner only', () => {
    const file = `${folder}/secrets.json`;
    const password = loadSecrets(file).get('user-db-password');
    expect(password).toMatch(/^[\w-]{32}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(loadSecrets(file).get('user-db-password')).toBe(password);
  });

  it('differ from each other', () => {
    const file = `${folder}/secrets.json`;
    loadSecrets(file);
    const values = Object.values(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>);
    expect(values.length).toBeGreaterThan(10);
    expect(new Set(values).size).toBe(values.length);
  });

  it('are added to those that exist already', () => {
    const file = `${folder}/secrets.json`;
    writeFileSync(file, JSON.stringify({ 'redis-password': 'kept' }));
    const secrets = loadSecrets(file);
    expect(secrets.get('redis-password')).toBe('kept');
    expect(secrets.get('app-api-token').length).toBeGreaterThanOrEqual(16);
    expect(() => secrets.get('nobody-password')).toThrow('there is no secret "nobody-password"');
  });

  it('hold key sets that the services can sign with', async () => {
    const secrets = loadSecrets(`${folder}/secrets.json`);
    for (const name of ['user-signing-keys', 'pass-signing-keys', 'ticket-signing-keys']) {
      const keys = await loadSigningKeys(secrets.get(name));
      expect(JSON.parse(keys.publicJwks)).toMatchObject({
        keys: [{ kty: 'OKP', crv: 'Ed25519', kid: expect.stringMatching(/^[\w-]{43}$/) }],
      });
    }
  });
});
