import { repositoryRoot } from '../local/profile.ts';
import { runCommand } from '../local/run-command.ts';
import { logFile, type ToolContext } from '../local/stack-context.ts';
import { StepFailure } from '../local/step-failure.ts';
import type { ClusterRecord } from './cluster-record.ts';
import { containerNames, type Docker, network } from './local-registry.ts';
import { readCommand } from './read-command.ts';
import { clusterName, ownContext } from './target.ts';

export const node = `${clusterName}-control-plane`;

/** What the cluster is made and removed with. */
export interface ClusterTools {
  /** The program kind. */
  readonly kind: string;
  readonly docker: Docker;
  /** kubectl, on the kubeconfig itself. */
  readonly kubeconfig: (args: string[]) => Promise<string>;
  readonly record: ClusterRecord;
  readonly context: ToolContext;
}

export function kubeconfigFor(signal: AbortSignal): ClusterTools['kubeconfig'] {
  return (args) => readCommand('kubectl', ['config', ...args], { signal });
}

async function exists({ kind, context }: ClusterTools): Promise<boolean> {
  const clusters = await readCommand(kind, ['get', 'clusters'], { signal: context.signal });
  return clusters.split('\n').includes(clusterName);
}

async function run({ kind, context }: ClusterTools, args: string[], fix: string): Promise<void> {
  await runCommand(kind, [...args, '--name', clusterName], { log: logFile(context, 'kind'), signal: context.signal, fix });
}

async function hasNetwork(docker: Docker): Promise<boolean> {
  return (await docker(['network', 'ls', '--filter', `name=^${network}$`, '--format', '{{.Name}}'])).trim() !== '';
}

async function contexts({ kubeconfig }: ClusterTools): Promise<{ current: string; all: string[] }> {
  const current = await kubeconfig(['view', '--output', 'jsonpath={.current-context}']);
  const all = await kubeconfig(['get-contexts', '--output', 'name']);
  return { current: current.trim(), all: all.split('\n') };
}

/** Of kind; on an image in place of the one in cluster.yaml, when one is given. */
export function creation(nodeImage?: string): string[] {
  const config = `${repositoryRoot}deploy/kind/cluster.yaml`;
  return ['create', 'cluster', '--config', config, '--wait', '3m', ...(nodeImage === undefined ? [] : ['--image', nodeImage])];
}

/** kind makes its context the current one. */
async function create(tools: ClusterTools, nodeImage: string | undefined): Promise<void> {
  const { record, docker } = tools;
  record.remember({ context: (await contexts(tools)).current, network: await hasNetwork(docker) });
  record.write('making');
  await run(tools, creation(nodeImage), 'is a port of deploy/kind/cluster.yaml taken? npm run kind:down, then again');
  record.write('made');
}

/** @throws StepFailure when the node was made of another image than the one that is asked for */
async function checkImage(docker: Docker, nodeImage: string): Promise<void> {
  const image = (await docker(['inspect', '--format', '{{.Config.Image}}', node])).trim();
  if (image === nodeImage) return;
  throw new StepFailure(`the cluster's node is ${image}, not ${nodeImage}`, { fix: 'npm run kind:down, then again' });
}

/** After the machine was restarted the node may stand still, and somebody may have tidied the kubeconfig. */
async function revive(tools: ClusterTools): Promise<void> {
  await tools.docker(['start', node]);
  if (!(await contexts(tools)).all.includes(ownContext)) await run(tools, ['export', 'kubeconfig'], 'npm run kind:down, then again');
}

function foreignCluster(fix: string): StepFailure {
  return new StepFailure(`there is a kind cluster "${clusterName}" that npm run kind:up did not make here`, {
    fix: `kind delete cluster --name ${clusterName}; ${fix}`,
  });
}

/** Makes the cluster, or takes the one that an earlier start made. */
export async function ensureCluster(tools: ClusterTools, nodeImage?: string): Promise<void> {
  const { state } = tools.record;
  if (!(await exists(tools))) await create(tools, nodeImage);
  else if (state === 'made') {
    if (nodeImage !== undefined) await checkImage(tools.docker, nodeImage);
    await revive(tools);
  } else if (state === undefined) {
    throw foreignCluster(`or install onto it: npm run kind:up -- --context ${ownContext}`);
  } else {
    // An earlier start was interrupted while kind made the cluster.
    await run(tools, ['delete', 'cluster'], 'look at the log');
    await create(tools, nodeImage);
  }
}

/** @throws StepFailure when the cluster and its registry belong to another checkout */
export async function refuseForeignCluster(docker: Docker, record: ClusterRecord): Promise<void> {
  if (record.state !== undefined) return;
  if ((await containerNames(docker, `name=${node}`)).includes(node)) throw foreignCluster('or npm run kind:down where it was made');
}

/** Also when the node has gone already: kind takes its entries out of the kubeconfig. @returns false when there was no cluster */
export async function deleteCluster(tools: ClusterTools): Promise<boolean> {
  const existed = await exists(tools);
  await run(tools, ['delete', 'cluster'], 'look at the log');
  const before = tools.record.before?.context;
  const { current, all } = await contexts(tools);
  if (before && current === '' && all.includes(before)) await tools.kubeconfig(['use-context', before]);
  return existed;
}

/** kind leaves its network. @returns false when it stays: it was there before the cluster, or others are on it */
export async function removeNetwork(docker: Docker, record: ClusterRecord): Promise<boolean> {
  if (record.before?.network !== false || !(await hasNetwork(docker))) return false;
  if ((await containerNames(docker, `network=${network}`)).length > 0) return false;
  await docker(['network', 'rm', network]);
  return true;
}
