import { z } from 'zod';
import type { Kubectl } from '../kubectl.ts';

const containers = z.array(z.object({ containerID: z.string().optional() })).default([]);
const objectSchema = z.object({
  kind: z.string(),
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    generation: z.number().optional(),
    resourceVersion: z.string(),
    ownerReferences: z.array(z.object({ kind: z.string() })).default([]),
  }),
  type: z.string().optional(),
  status: z.object({ containerStatuses: containers, initContainerStatuses: containers }).optional(),
});
type ClusterObject = z.infer<typeof objectSchema>;

/** Each upgrade replaces the hooks and writes a record of itself. */
function isOfUpgrade({ kind, type, metadata }: ClusterObject): boolean {
  const ofJob = metadata.ownerReferences.some((owner) => owner.kind === 'Job');
  return kind === 'Job' || ofJob || type === 'helm.sh/release.v1';
}

/** Changes when the object is replaced or its spec changes and, for a pod, when a container restarts. */
function versionOf({ kind, metadata, status }: ClusterObject): string {
  const asked = ['Secret', 'ConfigMap'].includes(kind) ? metadata.resourceVersion : metadata.generation;
  // Sidecars are init containers.
  const running = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return [metadata.uid, asked, ...running.map(({ containerID }) => containerID)].join(' ');
}

const kinds = [
  ...['deployments', 'statefulsets', 'daemonsets', 'pods', 'cronjobs', 'services', 'configmaps', 'secrets', 'persistentvolumeclaims'],
  ...['networkpolicies', 'components.dapr.io', 'configurations.dapr.io', 'resiliencies.dapr.io', 'subscriptions.dapr.io'],
  ...['gateways.gateway.networking.k8s.io', 'httproutes.gateway.networking.k8s.io'],
];

/** What is installed on the cluster, and in which version: what stays the same when nothing is changed. */
export async function clusterState(kubectl: Kubectl): Promise<Map<string, string>> {
  const printed = await kubectl(['get', kinds.join(','), '--all-namespaces', '--output', 'json']);
  const { items } = z.object({ items: z.array(objectSchema) }).parse(JSON.parse(printed));
  const installed = items.filter((object) => !isOfUpgrade(object));
  return new Map(installed.map((object) => [`${object.kind} ${object.metadata.namespace}/${object.metadata.name}`, versionOf(object)]));
}

/** What is in only one of the two, or in both and not the same. */
export function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name));
}
