import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ApiClient } from '../../local/client/api-client.ts';
import { findHelm } from '../../local/infrastructure/helm-binary.ts';
import { localFolder, repositoryRoot } from '../../local/profile.ts';
import { describeStack, type StackDescription } from '../../local/stack-description.ts';
import { type Kubectl, kubectlFor } from '../kubectl.ts';
import { readCommand } from '../read-command.ts';

/** Where the runner tells the tests what it has set up. */
export const targetFile = `${localFolder}/cluster-tests/target.json`;
export const clusterTestsFolder = `${localFolder}/cluster-tests`;

/** Two namespaces: most tests are in the first, whose release uses infrastructure outside of the cluster. */
export const namespaces = { first: 'ticketing-test', second: 'ticketing-test-2' } as const;
export const release = 'ticketing';
/** Of the second release; the first takes what is for any other. */
export const secondHost = 'second.example';
/** Of the accounts that both are seeded with. */
export const demoPassword = 'correct horse battery staple';

const targetSchema = z.object({
  context: z.string(),
  gatewayUrl: z.string(),
  /** The same images under two tags: a version and the next one. And the one of Elasticsearch, with its own name. */
  images: z.object({ registry: z.string(), tag: z.string(), nextTag: z.string(), elasticsearch: z.string() }),
});
export type Target = z.infer<typeof targetSchema>;

export function valuesFile(namespace: string): string {
  return `${clusterTestsFolder}/${namespace}-values.yaml`;
}

/** Runs Helm on one context; fails with Helm's words. */
export type Helm = (...args: string[]) => Promise<string>;

export function helmFor(context: string, signal?: AbortSignal): Helm {
  const helm = findHelm() ?? 'helm';
  return (...args) => readCommand(helm, ['--kube-context', context, ...args], { signal });
}

/** Installs or changes the product's release in a namespace and waits until its pods are ready. */
export async function upgradeRelease(helm: Helm, namespace: string, ...settings: string[]): Promise<void> {
  const overrides = settings.flatMap((setting) => ['--set', setting]);
  const target = ['--namespace', namespace, '--values', valuesFile(namespace)];
  await helm('upgrade', '--install', release, `${repositoryRoot}charts/ticketing`, ...target, ...overrides, '--wait', '--timeout', '8m');
}

export interface TestCluster extends Target {
  kubectl: Kubectl;
  helm: Helm;
  /** The first release's books, and the shop itself through the ingress. */
  stack: StackDescription;
  api: ApiClient;
  close: () => Promise<void>;
}

export function openTestCluster(): TestCluster {
  const target = targetSchema.parse(JSON.parse(readFileSync(targetFile, 'utf8')));
  const api = new ApiClient(target.gatewayUrl, { connections: 64, persistent: true });
  return {
    ...target,
    kubectl: kubectlFor(target.context, new AbortController().signal),
    helm: helmFor(target.context),
    stack: { ...describeStack('cluster'), gatewayUrl: target.gatewayUrl },
    api,
    close: () => api.close(),
  };
}
