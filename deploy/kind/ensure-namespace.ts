import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { repositoryRoot } from '../local/profile.ts';
import type { Kubectl } from './kubectl.ts';

const namespaceSchema = z.looseObject({ metadata: z.looseObject({ name: z.string() }) });

/** Makes the namespace, or labels the one that is there, as namespace.yaml says; under another name when asked. */
export async function ensureNamespace(kubectl: Kubectl, name: string): Promise<void> {
  const namespace = namespaceSchema.parse(parse(readFileSync(`${repositoryRoot}deploy/kind/namespace.yaml`, 'utf8')));
  await kubectl(['apply', '--filename', '-'], JSON.stringify({ ...namespace, metadata: { ...namespace.metadata, name } }));
}
