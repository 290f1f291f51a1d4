import { z } from 'zod';
import type { Kubectl } from '../kubectl.ts';
import { release } from './cluster-target.ts';

const containerStatus = z.object({ name: z.string(), ready: z.boolean(), restartCount: z.number() });

const podSchema = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).default({}), deletionTimestamp: z.string().optional() }),
  status: z.object({
    phase: z.string(),
    podIP: z.string().optional(),
    containerStatuses: z.array(containerStatus).default([]),
    initContainerStatuses: z.array(containerStatus).default([]),
  }),
});
export type Pod = z.infer<typeof podSchema>;

const listSchema = z.object({ items: z.array(podSchema) });

/** The pods of the release's services that are not about to end; those of one service where it is named. */
export async function servicePods(kubectl: Kubectl, namespace: string, service?: string): Promise<Pod[]> {
  const selector = [`app.kubernetes.io/instance=${release}`, 'app.kubernetes.io/component=service'];
  if (service !== undefined) selector.push(`app.kubernetes.io/name=${service}`);
  const text = await kubectl(['get', 'pods', '--namespace', namespace, '--selector', selector.join(','), '--output', 'json']);
  return listSchema.parse(JSON.parse(text)).items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

export async function podOf(kubectl: Kubectl, namespace: string, service: string): Promise<string> {
  const [pod] = await servicePods(kubectl, namespace, service);
  if (pod === undefined) throw new Error(`${service} has no pod`);
  return pod.metadata.name;
}

const answerSchema = z.object({ status: z.number(), body: z.string() });
export type Answer = z.infer<typeof answerSchema>;

/** What a program within a pod is to ask, with the tokens that its container has where they are wanted. */
export interface PodRequest {
  url: string;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
  /** Sends the container's DAPR_API_TOKEN along. */
  asOwner?: boolean;
}

/** Sends a request from within a container: status 0 stands for no connection. Containers have no shell and no curl, but Node.js. */
export async function requestWithin(kubectl: Kubectl, namespace: string, pod: string, request: PodRequest): Promise<Answer> {
  const program = `
    const { url, asOwner, ...init } = JSON.parse(process.argv[1]);
    if (asOwner) init.headers = { ...init.headers, 'dapr-api-token': process.env.DAPR_API_TOKEN };
    init.signal = AbortSignal.timeout(20_000);
    fetch(url, init)
      .then(async (reply) => ({ status: reply.status, body: await reply.text() }), (error) => ({ status: 0, body: String(error.cause ?? error) }))
      .then((answer) => console.log(JSON.stringify(answer)));`;
  const output = await kubectl([
    ...['exec', '--namespace', namespace, pod, '--', 'node', '--input-type=commonjs', '--eval', program, JSON.stringify(request)],
  ]);
  return answerSchema.parse(JSON.parse(output));
}

/** The local ports of the connections that are open within a pod to a port elsewhere, such as those of its sidecar to Kafka. */
export async function connectionsTo(kubectl: Kubectl, namespace: string, pod: string, port: number): Promise<string[]> {
  const table = await kubectl([
    'exec',
    '--namespace',
    namespace,
    pod,
    '--container',
    'service',
    '--',
    'cat',
    '/proc/net/tcp',
    '/proc/net/tcp6',
  ]);
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/));
  return rows.filter(([, , remote, state]) => remote?.endsWith(suffix) && state === '01').map(([, local]) => local ?? '');
}
