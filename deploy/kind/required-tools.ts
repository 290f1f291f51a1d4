import { spawnSync } from 'node:child_process';
import { helmInstallation, isHelmBuilt, oldestHelm } from '../local/infrastructure/helm-binary.ts';
import { StepFailure } from '../local/step-failure.ts';
import { isOlder, readVersion, type ToolVersion } from '../local/tool-version.ts';
import { isKindBuilt } from './kind-binary.ts';

interface Tool {
  readonly name: string;
  /** What makes it say its version. */
  readonly ask: readonly [command: string, ...args: string[]];
  readonly oldest: ToolVersion;
  readonly installation: string;
  /** It is built with Go where it is missing. */
  readonly built?: true;
  /** What it means that it is there and does not answer. */
  readonly silence?: string;
}

const tools = {
  docker: {
    name: 'Docker',
    ask: ['docker', 'version', '--format', '{{.Server.Version}}'],
    // kind gives a node a cgroup namespace of its own.
    oldest: [20, 10],
    installation: 'https://docs.docker.com/engine/install',
    silence: 'no Docker engine answers: start it, or',
  },
  buildx: {
    name: 'buildx',
    ask: ['docker', 'buildx', 'version'],
    // The first that can leave out attestations.
    oldest: [0, 10],
    installation: 'https://docs.docker.com/build/install-buildx',
    silence: "Docker's plugin buildx is not installed:",
  },
  kind: {
    name: 'kind',
    ask: ['kind', 'version'],
    // The first that can configure the Kubernetes of cluster.yaml.
    oldest: [0, 32],
    installation: 'https://kind.sigs.k8s.io/docs/user/quick-start/#installation',
    built: true,
  },
  kubectl: {
    name: 'kubectl',
    ask: ['kubectl', 'version', '--client'],
    // As old as the oldest Kubernetes that the charts take.
    oldest: [1, 30],
    installation: 'https://kubernetes.io/docs/tasks/tools/#kubectl',
  },
  helm: {
    name: 'Helm',
    ask: [process.env['HELM'] || 'helm', 'version', '--template', '{{.Version}}'],
    oldest: oldestHelm,
    installation: helmInstallation,
    built: true,
  },
  tilt: {
    name: 'Tilt',
    ask: ['tilt', 'version'],
    // The Tiltfile says it more exactly.
    oldest: [0, 37],
    installation: 'https://docs.tilt.dev/install',
  },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof tools;

/** What a command printed; undefined where there is no such command, `failed` where it ended with an error. */
export type Answer = { readonly printed: string } | 'failed' | undefined;

export interface Machine {
  readonly ask: (command: string, args: readonly string[]) => Answer;
  /** Whether an earlier run has built it. */
  readonly hasBuilt: (name: ToolName) => boolean;
}

const patienceMs = 20_000;

function askProgram(command: string, args: readonly string[]): Answer {
  const { error, status, stdout } = spawnSync(command, args, { encoding: 'utf8', timeout: patienceMs });
  if (error && 'code' in error && error.code === 'ENOENT') return undefined;
  return status === 0 ? { printed: stdout } : 'failed';
}

const thisMachine: Machine = { ask: askProgram, hasBuilt: (name) => (name === 'kind' ? isKindBuilt() : isHelmBuilt()) };

function problemOf(key: ToolName, { ask, hasBuilt }: Machine): string | undefined {
  const { name, ask: question, oldest, installation, built, silence }: Tool = tools[key];
  const [command, ...args] = question;
  const install = `install ${name} ${oldest.join('.')} or newer, ${installation}`;
  const answer = ask(command, args);
  if (answer === 'failed') return `${silence ?? `${name} does not run:`} ${install}`;
  if (answer === undefined) {
    if (!built) return `${name} is not installed: ${install}`;
    if (hasBuilt(key) || ask('go', ['version'])) return undefined;
    return `${name} is not installed: ${install}, or Go 1.26 to have it built`;
  }
  const version = readVersion(answer.printed);
  // A build that does not know its version is somebody's own.
  if (version === undefined || !isOlder(version, oldest)) return undefined;
  return `${name} ${version.join('.')} is too old: ${install}`;
}

/** @throws StepFailure with a line for each tool that is missing or too old, which says what to install */
export function requireTools(names: readonly ToolName[], machine: Machine = thisMachine): void {
  const problems = new Map<string, string>();
  for (const name of names) {
    const [command] = tools[name].ask;
    // The plugins of a Docker that is not there are not there either.
    const problem = problems.has(command) ? undefined : problemOf(name, machine);
    if (problem !== undefined) problems.set(command, problem);
  }
  if (problems.size > 0) throw new StepFailure([...problems.values()].join('\n'));
}
