import { z } from 'zod';
import { randomPassword, type Secrets, secretMakers } from '../local/secrets.ts';
import { serviceNames } from '../local/services.ts';
import type { Kubectl } from './kubectl.ts';

type Makers = ReadonlyMap<string, () => string>;

const secretSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  data: z.record(z.string(), z.string()).optional(),
});
const listSchema = z.object({ items: z.array(secretSchema) });
type ExistingSecret = z.infer<typeof secretSchema>;

/** The Secrets that the charts count on, and for each of their keys how its value is made. */
function wantedSecrets(known: Secrets | undefined): Map<string, Makers> {
  const makers = secretMakers();
  if (known) for (const name of makers.keys()) makers.set(name, () => known.get(name));
  const wanted = new Map<string, Makers>([['ticketing-secrets', makers]]);
  for (const service of serviceNames) {
    // Dapr reads its tokens from a Secret of their own, under this key.
    for (const kind of ['dapr-api-token', 'app-api-token']) wanted.set(`${service}-${kind}`, new Map([['token', randomPassword]]));
  }
  return wanted;
}

async function readExisting(kubectl: Kubectl, namespace: string, names: Iterable<string>): Promise<Map<string, ExistingSecret>> {
  const answer = await kubectl(['get', 'secrets', ...names, '--namespace', namespace, '--ignore-not-found', '--output', 'json']);
  const items = answer.trim() === '' ? [] : listSchema.parse(JSON.parse(answer)).items;
  return new Map(items.map((secret) => [secret.metadata.name, secret]));
}

function missingValues(makers: Makers, existing: ExistingSecret | undefined): Record<string, string> {
  const missing = [...makers].filter(([key]) => existing?.data?.[key] === undefined);
  return Object.fromEntries(missing.map(([key, make]) => [key, make()]));
}

function newSecret(namespace: string, name: string, stringData: Record<string, string>): object {
  const labels = { 'app.kubernetes.io/part-of': 'ticketing' };
  return { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { name, namespace, labels }, stringData };
}

async function send(kubectl: Kubectl, verb: 'create' | 'replace', secrets: object[]): Promise<void> {
  if (secrets.length === 0) return;
  await kubectl([verb, '--filename', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: secrets }));
}

/**
 * Makes the product's Secrets that are missing, and adds the keys that existing ones lack. What is there is never changed:
 * `create` refuses a Secret that has appeared meanwhile, and `replace` one that is no longer what was read.
 * @param known passwords and keys that databases and brokers outside of the cluster already have; new ones where it is left out
 * @returns the names of the Secrets that were made or completed
 */
export async function createSecrets(kubectl: Kubectl, namespace: string, known?: Secrets): Promise<string[]> {
  const wanted = wantedSecrets(known);
  const existing = await readExisting(kubectl, namespace, wanted.keys());
  const changed: string[] = [];
  const created: object[] = [];
  const completed: object[] = [];
  for (const [name, makers] of wanted) {
    const secret = existing.get(name);
    const stringData = missingValues(makers, secret);
    if (Object.keys(stringData).length === 0) continue;
    changed.push(name);
    if (secret) completed.push({ ...secret, stringData });
    else created.push(newSecret(namespace, name, stringData));
  }
  await send(kubectl, 'create', created);
  await send(kubectl, 'replace', completed);
  return changed;
}
