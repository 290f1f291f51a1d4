import { removeImages } from '../images/image-build.ts';
import { ClusterRecord, recordFolder } from './cluster-record.ts';
import { ensureKind } from './kind-binary.ts';
import { deleteCluster, kubeconfigFor, refuseForeignCluster, removeNetwork } from './kind-cluster.ts';
import { dockerFor, registryHost, removeRegistry } from './local-registry.ts';
import { requireTools } from './required-tools.ts';
import { readOptions, runScript } from './run-script.ts';

const usage = `npm run kind:down

Removes the cluster that npm run kind:up has made, its registry, the images that it has built, and all their data. The context that was the
current one before is so again. Images that were pulled stay in Docker.
`;

await runScript(async (context) => {
  const values = readOptions({ help: { type: 'boolean', short: 'h' } }, 'npm run kind:down');
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const { progress, signal } = context;
  const docker = dockerFor(signal);
  const record = new ClusterRecord(recordFolder);
  const made = record.state !== undefined;
  requireTools(made ? ['docker', 'kind', 'kubectl'] : ['docker']);
  await refuseForeignCluster(docker, record);
  const outcome = (removed: boolean) => (removed ? 'removed' : 'kind:up had made none');
  const tools = made ? { kind: await ensureKind(context), docker, kubeconfig: kubeconfigFor(signal), record, context } : undefined;
  await progress.step('cluster', () => (tools ? deleteCluster(tools) : Promise.resolve(false)), outcome);
  await progress.step('registry', () => removeRegistry(docker), outcome);
  await progress.step(
    'images',
    () => removeImages(docker, registryHost),
    (count) => `${count} removed`,
  );
  await progress.step(
    'network of kind',
    () => removeNetwork(docker, record),
    (removed) => (removed ? 'removed' : 'kept'),
  );
  record.forget();
});
