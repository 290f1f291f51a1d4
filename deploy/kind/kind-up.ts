import { buildImage, contentTag, describeSources, type ImageName, imageNames, imageReference } from '../images/image-build.ts';
import { ensureHelm } from '../local/infrastructure/helm-binary.ts';
import type { ToolContext } from '../local/stack-context.ts';
import { ClusterRecord, recordFolder } from './cluster-record.ts';
import { createSecrets } from './create-secrets.ts';
import { ensureNamespace } from './ensure-namespace.ts';
import { gatewayApiTypes } from './gateway-api.ts';
import { type Helm, installDapr, installInfrastructure, installProduct } from './install-charts.ts';
import { installTraefik } from './install-traefik.ts';
import { ensureKind } from './kind-binary.ts';
import { ensureCluster, kubeconfigFor, node } from './kind-cluster.ts';
import { type KindUpCommand, kindUpUsage, parseKindUp, type StepName, toolsOf } from './kind-up-options.ts';
import { kubectlFor } from './kubectl.ts';
import { connectRegistry, dockerFor, ensureRegistry } from './local-registry.ts';
import { requireTools } from './required-tools.ts';
import { runScript } from './run-script.ts';
import { pushTraefikImage } from './traefik-image.ts';

interface Up {
  readonly command: KindUpCommand;
  readonly context: ToolContext;
}

function imageOf(name: ImageName, { registry }: KindUpCommand): string {
  return imageReference(name, { registry, tag: contentTag(name) });
}

async function makeCluster({ command, context }: Up): Promise<void> {
  const { progress, signal } = context;
  const docker = dockerFor(signal);
  const kind = await ensureKind(context);
  const tools = { kind, docker, kubeconfig: kubeconfigFor(signal), record: new ClusterRecord(recordFolder), context };
  await progress.step('cluster (the first time takes minutes: it loads the node)', () => ensureCluster(tools, command.nodeImage));
  await progress.step('registry', () => ensureRegistry(docker));
  await progress.step('registry known to the cluster', () => connectRegistry(docker, kubectlFor(command.context, signal), node));
}

async function makeImages({ command: { registry }, context: { progress, signal } }: Up): Promise<void> {
  const about = await describeSources();
  for (const name of imageNames) {
    const build = { registry, tag: contentTag(name), push: true, signal };
    await progress.step(
      `image of ${name}`,
      () => buildImage(name, build, about),
      (reference) => reference,
    );
  }
}

async function helmFor({ command, context }: Up): Promise<Helm> {
  const kubectl = kubectlFor(command.context, context.signal);
  return { program: await ensureHelm(context), kubeContext: command.context, kubectl, context };
}

const steps: Record<StepName, (up: Up) => Promise<void>> = {
  cluster: makeCluster,
  ingress: async ({ command: { context: name, registry }, context }) => {
    const { progress, signal } = context;
    const image = await pushTraefikImage(dockerFor(signal), registry, context);
    await progress.step('Gateway API and Traefik', async () =>
      installTraefik(kubectlFor(name, signal), image, await gatewayApiTypes(signal)),
    );
  },
  dapr: async (up) => {
    const helm = await helmFor(up);
    await up.context.progress.step('Dapr', () => installDapr(helm));
  },
  namespace: async ({ command: { context: name, namespace }, context: { progress, signal } }) => {
    await progress.step(`namespace ${namespace}`, () => ensureNamespace(kubectlFor(name, signal), namespace));
  },
  secrets: async ({ command: { context: name, namespace }, context: { progress, signal } }) => {
    const make = () => createSecrets(kubectlFor(name, signal), namespace);
    await progress.step('Secrets', make, (changed) => (changed.length === 0 ? 'all there already' : `${changed.length} made or completed`));
  },
  images: makeImages,
  infra: async (up) => {
    const helm = await helmFor(up);
    const install = () => installInfrastructure(helm, up.command.namespace, imageOf('elasticsearch', up.command));
    await up.context.progress.step('MySQL, Redis, Kafka and Elasticsearch', install);
  },
  product: async (up) => {
    const helm = await helmFor(up);
    const image = { registry: up.command.registry, tag: contentTag('gateway') };
    await up.context.progress.step('services, migrations and demonstration data', () => installProduct(helm, up.command.namespace, image));
  },
};

await runScript(async (context) => {
  const command = parseKindUp();
  if (command.help) {
    process.stdout.write(kindUpUsage);
    return;
  }
  const { progress } = context;
  requireTools(toolsOf(command.steps));
  for (const step of command.steps) await steps[step]({ command, context });
  progress.line(`done in ${progress.elapsed()}, in ${command.context}`);
  if (command.steps.includes('product')) progress.line('The shop: http://127.0.0.1:8090/docs — npm run kind:down removes it all.');
});
