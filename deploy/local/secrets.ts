import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { writePrivateFile } from './process-record.ts';
import { databaseOwners } from './services.ts';

const secretsSchema = z.record(z.string(), z.string());

/** All secrets of a profile by name; made once and kept until --reset. */
export interface Secrets {
  get(name: string): string;
}

const signingKeySets = ['user-signing-keys', 'pass-signing-keys', 'ticket-signing-keys'];

/** Letters, digits, - and _ only: needs no quoting in URLs, SQL or YAML. */
export function randomPassword(): string {
  return randomBytes(24).toString('base64url');
}

/** A JWK set with one Ed25519 key; its id is the thumbprint of RFC 7638. */
function newSigningKeys(): string {
  const { kty, crv, x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');
  return JSON.stringify({ keys: [{ kty, crv, x, d, kid, alg: 'EdDSA', use: 'sig' }] });
}

/** What every environment of the product needs, and how each is made: passwords of accounts, and signing keys. */
export function secretMakers(): Map<string, () => string> {
  const makers = new Map<string, () => string>();
  for (const name of ['witness-db-password', 'redis-password', 'smtp-password']) makers.set(name, randomPassword);
  for (const owner of databaseOwners) {
    makers.set(`${owner}-db-password`, randomPassword);
    makers.set(`${owner}-migrator-db-password`, randomPassword);
  }
  for (const name of signingKeySets) makers.set(name, newSigningKeys);
  return makers;
}

/** Here the database can be asked as root, and all services share the tokens between them and their sidecars. */
function localSecretMakers(): Map<string, () => string> {
  const makers = secretMakers();
  for (const name of ['db-root-password', 'dapr-api-token', 'app-api-token']) makers.set(name, randomPassword);
  return makers;
}

/** Reads a profile's secrets from their file, making those that do not exist yet. */
export function loadSecrets(file: string): Secrets {
  const values = existsSync(file) ? secretsSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : {};
  const missing = [...localSecretMakers()].filter(([name]) => values[name] === undefined);
  for (const [name, make] of missing) values[name] = make();
  if (missing.length > 0) writePrivateFile(file, JSON.stringify(values, null, 2));
  return {
    get(name) {
      const value = values[name];
      if (value === undefined) throw new Error(`there is no secret "${name}"`);
      return value;
    },
  };
}
