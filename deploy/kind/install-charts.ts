import { daprVersion } from '../local/infrastructure/daprd-binary.ts';
import { repositoryRoot } from '../local/profile.ts';
import { runCommand } from '../local/run-command.ts';
import { logFile, type ToolContext } from '../local/stack-context.ts';
import type { Kubectl } from './kubectl.ts';
import { ownContext } from './target.ts';

const settings = `${repositoryRoot}deploy/kind`;

/** A Helm that works on one cluster. */
export interface Helm {
  readonly program: string;
  readonly kubeContext: string;
  /** On the same cluster. */
  readonly kubectl: Kubectl;
  readonly context: ToolContext;
}

interface Release {
  readonly name: string;
  readonly namespace: string;
  /** The chart, and where it comes from and in which version when it is not a folder. */
  readonly chart: readonly string[];
  readonly valuesFile: string;
  /** Laid over the file; as text, whatever it looks like. */
  readonly values?: Readonly<Record<string, string>>;
}

/**
 * Helm refuses a release that another Helm seems to be at, which for good is what one leaves that was killed, or lost the cluster, in the
 * middle. On a cluster of our own there is no other: the record of what was not finished goes, and what it installed is taken over.
 */
async function forgetUnfinished({ kubeContext, kubectl }: Helm, { name, namespace }: Release): Promise<void> {
  if (kubeContext !== ownContext) return;
  const selector = `owner=helm,name=${name},status in (pending-install,pending-upgrade,pending-rollback)`;
  await kubectl(['delete', 'secrets', '--namespace', namespace, '--selector', selector]);
}

/** Installs the release, or brings it to what is asked, and waits until its pods are ready. */
async function upgrade(helm: Helm, release: Release): Promise<void> {
  const { program, kubeContext, context } = helm;
  const { name, namespace, chart, valuesFile, values = {} } = release;
  await forgetUnfinished(helm, release);
  const overrides = Object.entries(values).flatMap(([key, value]) => ['--set-string', `${key}=${value}`]);
  const target = ['--kube-context', kubeContext, '--namespace', namespace];
  const args = ['upgrade', '--install', name, ...chart, ...target, '--values', `${settings}/${valuesFile}`, ...overrides];
  await runCommand(program, [...args, '--wait', '--timeout', '10m'], {
    log: logFile(context, `helm-${name}`),
    signal: context.signal,
    fix: `look at the log, and at kubectl --context ${kubeContext} --namespace ${namespace} get pods,events`,
  });
}

export function installDapr(helm: Helm): Promise<void> {
  return upgrade(helm, {
    name: 'dapr',
    namespace: 'dapr-system',
    chart: ['dapr', '--repo', 'https://dapr.github.io/helm-charts', '--version', daprVersion, '--create-namespace'],
    valuesFile: 'dapr-values.yaml',
  });
}

export function installInfrastructure(helm: Helm, namespace: string, elasticsearchImage: string): Promise<void> {
  return upgrade(helm, {
    name: 'infra',
    namespace,
    chart: [`${repositoryRoot}charts/ticketing-infra`],
    valuesFile: 'infra-values.yaml',
    values: { 'elasticsearch.image': elasticsearchImage },
  });
}

export function installProduct(helm: Helm, namespace: string, image: { registry: string; tag: string }): Promise<void> {
  return upgrade(helm, {
    name: 'ticketing',
    namespace,
    chart: [`${repositoryRoot}charts/ticketing`],
    valuesFile: 'values.yaml',
    values: { 'image.registry': image.registry, 'image.tag': image.tag },
  });
}
