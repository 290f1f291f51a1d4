import { StepFailure } from '../local/step-failure.ts';
import type { Kubectl } from './kubectl.ts';
import { type ReadOptions, readCommand } from './read-command.ts';
import { clusterName } from './target.ts';

export type Docker = (args: string[], options?: Pick<ReadOptions, 'stdin' | 'fix'>) => Promise<string>;

const container = `${clusterName}-registry`;
const image = 'docker.io/library/registry:2';
/** Tells our container from one that has its name by chance. */
const ownLabel = `ticketing.kind.cluster=${clusterName}`;
/** Not 5001: that is the port of the registry in kind's own instructions, which many have. */
const publishedPort = 8095;
/** kind's own network, on which the node reaches the registry by its container's name. */
export const network = 'kind';

/** The registry as this machine and the names of images know it. */
export const registryHost = `localhost:${publishedPort}`;

export function dockerFor(signal: AbortSignal): Docker {
  return (args, options) => readCommand('docker', args, { fix: 'is the Docker engine running? docker info', ...options, signal });
}

/** Of all containers, those that stand still included. */
export async function containerNames(docker: Docker, filter: string): Promise<string[]> {
  const names = await docker(['ps', '--all', '--filter', filter, '--format', '{{.Names}}']);
  return names.split('\n').filter((name) => name !== '');
}

async function isOwn(docker: Docker): Promise<boolean> {
  return (await containerNames(docker, `label=${ownLabel}`)).includes(container);
}

/** Starts the registry, on the loopback address only. */
export async function ensureRegistry(docker: Docker): Promise<void> {
  const fix = `is port ${publishedPort} taken? docker ps --filter publish=${publishedPort}`;
  if (await isOwn(docker)) {
    await docker(['start', container], { fix });
    return;
  }
  if ((await containerNames(docker, `name=${container}`)).includes(container)) {
    throw new StepFailure(`there is a container ${container} that npm run kind:up did not make`, { fix: `docker rm ${container}` });
  }
  const options = ['--detach', '--restart', 'unless-stopped', '--label', ownLabel, '--publish', `127.0.0.1:${publishedPort}:5000`];
  await docker(['run', ...options, '--name', container, image], { fix });
}

/** Within a node localhost is the node itself: containerd is told where the registry of that name really is. */
async function tellNode(docker: Docker, node: string): Promise<void> {
  const folder = `/etc/containerd/certs.d/${registryHost}`;
  const write = `mkdir -p ${folder} && cat > ${folder}/hosts.toml`;
  await docker(['exec', '--interactive', node, 'sh', '-c', write], { stdin: `[host."http://${container}:5000"]\n` });
}

/** Lets the node pull from the registry, and tools such as Tilt find it. */
export async function connectRegistry(docker: Docker, kubectl: Kubectl, node: string): Promise<void> {
  const networks = await docker([
    'inspect',
    '--format',
    '{{range $name, $_ := .NetworkSettings.Networks}}{{println $name}}{{end}}',
    container,
  ]);
  if (!networks.split('\n').includes(network)) await docker(['network', 'connect', network, container]);
  await tellNode(docker, node);
  // Nothing but the host: Tilt would write any other name of the registry into the pods, and the nodes know it by this one only.
  const hosting = `host: "${registryHost}"\n`;
  const configMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'local-registry-hosting', namespace: 'kube-public' },
    data: { 'localRegistryHosting.v1': hosting },
  };
  await kubectl(['apply', '--filename', '-'], JSON.stringify(configMap));
}

/** @returns false when there was none that kind:up made */
export async function removeRegistry(docker: Docker): Promise<boolean> {
  if (!(await isOwn(docker))) return false;
  await docker(['rm', '--force', '--volumes', container]);
  return true;
}
