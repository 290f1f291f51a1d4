import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { localFolder, repositoryRoot } from '../local/profile.ts';
import { runCommand } from '../local/run-command.ts';
import { logFile, type ToolContext } from '../local/stack-context.ts';
import { StepFailure } from '../local/step-failure.ts';
import type { Docker } from './local-registry.ts';
import { readCommand } from './read-command.ts';
import { clusterName, ownContext } from './target.ts';

/** Says that a cluster of the name is ours: `making` while kind is at it, `made` from then on. */
const record = `${localFolder}/kind/cluster`;
export const node = `${clusterName}-control-plane`;

function readRecord(): string | undefined {
  return existsSync(record) ? readFileSync(record, 'utf8') : undefined;
}

function writeRecord(state: 'making' | 'made'): void {
  mkdirSync(`${localFolder}/kind`, { recursive: true });
  writeFileSync(record, state);
}

/** One of kind's commands, and what it is given. */
interface Kind {
  readonly program: string;
  readonly context: ToolContext;
}

async function exists({ program, context }: Kind): Promise<boolean> {
  const clusters = await readCommand(program, ['get', 'clusters'], { signal: context.signal });
  return clusters.split('\n').includes(clusterName);
}

async function run({ program, context }: Kind, args: string[], fix: string): Promise<void> {
  await runCommand(program, [...args, '--name', clusterName], { log: logFile(context, 'kind'), signal: context.signal, fix });
}

/** Of kind; on an image in place of the one in cluster.yaml, when one is given. */
export function creation(nodeImage?: string): string[] {
  const config = `${repositoryRoot}deploy/kind/cluster.yaml`;
  return ['create', 'cluster', '--config', config, '--wait', '3m', ...(nodeImage === undefined ? [] : ['--image', nodeImage])];
}

async function create(kind: Kind, nodeImage: string | undefined): Promise<void> {
  writeRecord('making');
  await run(kind, creation(nodeImage), 'is a port of deploy/kind/cluster.yaml taken? npm run kind:down, then again');
  writeRecord('made');
}

/** @throws StepFailure when the node was made of another image than the one that is asked for */
async function checkImage(docker: Docker, nodeImage: string): Promise<void> {
  const image = (await docker(['inspect', '--format', '{{.Config.Image}}', node])).trim();
  if (image === nodeImage) return;
  throw new StepFailure(`the cluster's node is ${image}, not ${nodeImage}`, { fix: 'npm run kind:down, then again' });
}

/** After the machine was restarted the node may stand still, and somebody may have tidied the kubeconfig. */
async function revive(kind: Kind, docker: Docker): Promise<void> {
  await docker(['start', node]);
  const contexts = await readCommand('kubectl', ['config', 'get-contexts', '--output', 'name'], { signal: kind.context.signal });
  if (!contexts.split('\n').includes(ownContext)) await run(kind, ['export', 'kubeconfig'], 'npm run kind:down, then again');
}

/** Makes the cluster, or takes the one that an earlier start made. kind also makes its context the current one. */
export async function ensureCluster(kind: Kind, docker: Docker, nodeImage?: string): Promise<void> {
  const state = readRecord();
  if (!(await exists(kind))) await create(kind, nodeImage);
  else if (state === 'made') {
    if (nodeImage !== undefined) await checkImage(docker, nodeImage);
    await revive(kind, docker);
  } else if (state === undefined) {
    throw new StepFailure(`there is a kind cluster "${clusterName}" that npm run kind:up did not make here`, {
      fix: `kind delete cluster --name ${clusterName}; or install onto it: npm run kind:up -- --context ${ownContext}`,
    });
  } else {
    // An earlier start was interrupted while kind made the cluster.
    await run(kind, ['delete', 'cluster'], 'look at the log');
    await create(kind, nodeImage);
  }
}

/** @returns false when there was none that kind:up made */
export async function deleteCluster(program: string, context: ToolContext): Promise<boolean> {
  const kind = { program, context };
  if (readRecord() === undefined) return false;
  const existed = await exists(kind);
  if (existed) await run(kind, ['delete', 'cluster'], 'look at the log');
  rmSync(record, { force: true });
  return existed;
}
