import { z } from 'zod';
import { StepFailure } from '../../local/step-failure.ts';
import type { Kubectl } from '../kubectl.ts';
import { podOf } from './pods.ts';
import { startStrangers } from './stranger.ts';

/** Of MySQL, Redis, Kafka, Elasticsearch, a service and its sidecar: pods have to declare them, so that none is overlooked. */
const expectedPorts = [3306, 6379, 9092, 9200, 8080, 3500, 50001, 50002];

const container = z.object({ image: z.string(), ports: z.array(z.object({ containerPort: z.number() })).default([]) });
const podSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ containers: z.array(container), initContainers: z.array(container).default([]) }),
  status: z.object({ podIP: z.string() }),
});
type Pod = z.infer<typeof podSchema>;

const targetsSchema = z.array(z.object({ pod: z.string(), host: z.string(), port: z.number() }));
type Target = z.infer<typeof targetsSchema>[number];

async function runningPods(kubectl: Kubectl, namespace: string, selector: string): Promise<Pod[]> {
  const options = ['--selector', selector, '--field-selector', 'status.phase=Running', '--output', 'json'];
  const printed = await kubectl(['get', 'pods', '--namespace', namespace, ...options]);
  return z.object({ items: z.array(podSchema) }).parse(JSON.parse(printed)).items;
}

/** Every port that a pod declares; native sidecars are init containers. */
function portsOf({ metadata, spec, status }: Pod): Target[] {
  const ports = [...spec.containers, ...spec.initContainers].flatMap((one) => one.ports);
  return ports.map(({ containerPort }) => ({ pod: metadata.name, host: status.podIP, port: containerPort }));
}

const program = `
  const { connect } = require('node:net');
  const tryOne = (target) => new Promise((resolve) => {
    const socket = connect({ ...target, timeout: 3_000 });
    const end = (reached) => { socket.destroy(); resolve(reached ? [target] : []); };
    socket.once('connect', () => end(true)).once('timeout', () => end(false)).once('error', () => end(false));
  });
  Promise.all(JSON.parse(process.argv[1]).map(tryOne)).then((reached) => console.log(JSON.stringify(reached.flat())));`;

/** Which of the targets take a connection from within the pod. Containers have no shell and no netcat, but Node.js. */
async function reachedFrom(kubectl: Kubectl, namespace: string, pod: string, targets: readonly Target[]): Promise<Target[]> {
  const command = ['node', '--input-type=commonjs', '--eval', program, JSON.stringify(targets)];
  return targetsSchema.parse(
    JSON.parse(await kubectl(['exec', '--namespace', namespace, pod, '--container', 'service', '--', ...command])),
  );
}

/**
 * Tries every port of the product from a pod without its labels. That the same pod reaches Traefik, and a service its database, shows that
 * the policies are what stops it.
 */
export async function keepStrangersOut(kubectl: Kubectl, namespace: string): Promise<string> {
  const targets = (await runningPods(kubectl, namespace, 'app.kubernetes.io/part-of in (ticketing,ticketing-infra)')).flatMap(portsOf);
  const missing = expectedPorts.filter((port) => targets.every((target) => target.port !== port));
  if (missing.length > 0) throw new StepFailure(`no pod declares ${missing.join(', ')}`);
  const service = await podOf(kubectl, namespace, 'concert');
  const open = (await runningPods(kubectl, 'traefik', 'app.kubernetes.io/name=traefik')).flatMap(portsOf);
  const databases = targets.filter(({ port }) => port === 3306);
  const image = await kubectl(['get', 'pod', service, '--namespace', namespace, '--output', 'jsonpath={.spec.containers[0].image}']);
  const removeStranger = await startStrangers(kubectl, namespace, { name: 'stranger', image });
  try {
    const reached = await reachedFrom(kubectl, namespace, 'stranger', targets);
    if (reached.length > 0) throw new StepFailure(`a stranger reaches ${reached.map(({ pod, port }) => `${pod}:${port}`).join(', ')}`);
    const allowed = [
      ...(await reachedFrom(kubectl, namespace, 'stranger', open)),
      ...(await reachedFrom(kubectl, namespace, service, databases)),
    ];
    if (allowed.length < open.length + databases.length)
      throw new StepFailure('what is open to everybody or to services cannot be reached either');
  } finally {
    await removeStranger();
  }
  return `${targets.length} ports`;
}
