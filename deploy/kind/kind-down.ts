import { ensureKind } from './kind-binary.ts';
import { deleteCluster } from './kind-cluster.ts';
import { dockerFor, removeRegistry } from './local-registry.ts';
import { readOptions, runScript } from './run-script.ts';

const usage = `npm run kind:down

Removes the cluster that npm run kind:up has made, its registry, and all their data. Images stay in Docker.
`;

await runScript(async (context) => {
  const values = readOptions({ help: { type: 'boolean', short: 'h' } }, 'npm run kind:down');
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const { progress, signal } = context;
  const outcome = (removed: boolean) => (removed ? 'removed' : 'kind:up had made none');
  const kind = await ensureKind(context);
  await progress.step('cluster', () => deleteCluster(kind, context), outcome);
  await progress.step('registry', () => removeRegistry(dockerFor(signal)), outcome);
});
