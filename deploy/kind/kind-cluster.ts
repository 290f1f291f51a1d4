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

async function create(kind: Kind): Promise<void> {
  writeRecord('making');
  const config = `${repositoryRoot}deploy/kind/cluster.yaml`;
  await run(
    kind,
    ['create', 'cluster', '--config', config, '--wait', '3m'],
    'is a port of deploy/kind/cluster.yaml taken? npm run kind:down, then again',
  );
  writeRecord('made');
}

/** After the machine was restarted the node may stand still, and somebody may have tidied the kubeconfig. */
async function revive(kind: Kind, docker: Docker): Promise<void> {
  await docker(['start', node]);
  const contexts = await readCommand('kubectl', ['config', 'get-contexts', '--output', 'name'], { signal: kind.context.signal });
  if (!contexts.split('\n').includes(ownContext)) await run(kind, ['export', 'kubeconfig'], 'npm run kind:down, then again');
}

/** Makes the cluster, or takes the one that an earlier start made. kind also makes its context the current one. */
export async function ensureCluster(program: string, context: ToolContext, docker: Docker): Promise<void> {
  const kind = { program, context };
  const state = readRecord();
  if (!(await exists(kind))) await create(kind);
  else if (state === 'made') await revive(kind, docker);
  else if (state === undefined) {
    throw new StepFailure(`there is a kind cluster "${clusterName}" that npm run kind:up did not make here`, {
      fix: `kind delete cluster --name ${clusterName}; or install onto it: npm run kind:up -- --context ${ownContext}`,
    });
  } else {
    // An earlier start was interrupted while kind made the cluster.
    await run(kind, ['delete', 'cluster'], 'look at the log');
    await create(kind);
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
