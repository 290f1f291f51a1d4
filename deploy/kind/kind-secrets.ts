import { createSecrets } from './create-secrets.ts';
import { kubectlFor } from './kubectl.ts';
import { requireTools } from './required-tools.ts';
import { readOptions, runScript } from './run-script.ts';
import { chooseContext, defaultNamespace, ownContext } from './target.ts';

const usage = `npm run kind:secrets [-- options]

Makes the Secrets that the charts read, with passwords and keys of its own, where they are missing. What is there stays as it is.
  --namespace NAME     default: ${defaultNamespace}; it must exist
  --context NAME       the cluster, by its context in the kubeconfig; default: ${ownContext}
  --yes-i-mean NAME    confirms a context that is not kind's
  --help               this text
`;

await runScript(async ({ progress, signal }) => {
  const values = readOptions(
    {
      namespace: { type: 'string', default: defaultNamespace },
      context: { type: 'string' },
      'yes-i-mean': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
    'npm run kind:secrets',
  );
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const context = chooseContext(values);
  requireTools(['kubectl']);
  const kubectl = kubectlFor(context, signal);
  const make = () => createSecrets(kubectl, values.namespace);
  await progress.step(`Secrets in ${values.namespace}`, make, (changed) => changed.join(', ') || 'all there already');
});
