import { StepFailure } from '../local/step-failure.ts';
import { registryHost } from './local-registry.ts';
import type { ToolName } from './required-tools.ts';
import { readOptions } from './run-script.ts';
import { chooseContext, defaultNamespace, ownContext } from './target.ts';

/** In their order; each may be run again at any time. */
export const stepNames = ['cluster', 'ingress', 'dapr', 'namespace', 'secrets', 'images', 'infra', 'product'] as const;
export type StepName = (typeof stepNames)[number];

/** What a cluster that is not ours already has, or is for others to decide. */
const ownSteps: readonly StepName[] = ['cluster', 'ingress', 'dapr'];

const stepTools: Readonly<Record<StepName, readonly ToolName[]>> = {
  cluster: ['docker', 'kind', 'kubectl'],
  ingress: ['docker', 'kubectl'],
  dapr: ['kubectl', 'helm'],
  namespace: ['kubectl'],
  secrets: ['kubectl'],
  images: ['docker', 'buildx'],
  infra: ['kubectl', 'helm'],
  product: ['kubectl', 'helm'],
};

export function toolsOf(steps: readonly StepName[]): ToolName[] {
  return [...new Set(steps.flatMap((step) => stepTools[step]))];
}

export interface KindUpCommand {
  readonly help: boolean;
  readonly context: string;
  readonly namespace: string;
  readonly registry: string;
  /** Of the cluster's node; the one in cluster.yaml when it is left out. */
  readonly nodeImage: string | undefined;
  readonly steps: readonly StepName[];
}

export const kindUpUsage = `npm run kind:up [-- options]

Makes a Kubernetes cluster in Docker with everything in it: a registry on ${registryHost}, Traefik with a Gateway on http://127.0.0.1:8090,
Dapr, MySQL, Redis, Kafka, Elasticsearch and the services, with demonstration data. Doing it again brings what has changed.
  --only STEP,…        only these steps: ${stepNames.join(', ')}
  --namespace NAME     where to install; default: ${defaultNamespace}
  --context NAME       a cluster that exists, by its context in the kubeconfig; without the steps ${ownSteps.join(', ')}
  --yes-i-mean NAME    confirms a context that is not kind's
  --registry HOST      where images are pushed to and pulled from; default: ${registryHost}
  --node-image IMAGE   another node, and so another Kubernetes, than deploy/kind/cluster.yaml has; kind's releases list them
  --help               this text

The context ${ownContext} becomes the current one. It needs Docker, kubectl, kind and Helm (3 or 4) and says which of them are too old; kind and
Helm are built where they are missing and Go 1.26 is there.
npm run kind:down removes it all.
`;

function parseSteps(texts: readonly string[]): StepName[] {
  const names = texts.flatMap((text) => text.split(','));
  const unknown = names.filter((name) => !stepNames.some((step) => step === name));
  if (unknown.length > 0) throw new StepFailure(`--only: there is no step ${unknown.join(', ')}; there are: ${stepNames.join(', ')}`);
  return stepNames.filter((step) => names.includes(step));
}

/** @throws StepFailure for options that make no sense */
export function parseKindUp(args?: readonly string[]): KindUpCommand {
  const values = readOptions(
    {
      only: { type: 'string', multiple: true },
      namespace: { type: 'string', default: defaultNamespace },
      context: { type: 'string' },
      'yes-i-mean': { type: 'string' },
      registry: { type: 'string', default: registryHost },
      'node-image': { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
    'npm run kind:up',
    args,
  );
  const context = chooseContext(values);
  const usual = stepNames.filter((step) => values.context === undefined || !ownSteps.includes(step));
  const steps = values.only === undefined ? usual : parseSteps(values.only);
  if (values.context !== undefined && steps.includes('cluster')) {
    throw new StepFailure('--context names a cluster that exists; the step "cluster" makes one', { fix: 'leave one of them out' });
  }
  const { help, namespace, registry, 'node-image': nodeImage } = values;
  if (nodeImage !== undefined && !steps.includes('cluster')) {
    throw new StepFailure('--node-image is for the step "cluster", which makes one', { fix: 'leave it out' });
  }
  return { help, context, namespace, registry, nodeImage, steps };
}
