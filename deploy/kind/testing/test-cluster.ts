import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { pollUntil } from '@ticketing/common/poll-until';
import { stringify } from 'yaml';
import { z } from 'zod';
import { ensureDaprd } from '../../local/infrastructure/daprd-binary.ts';
import { ensureHelm } from '../../local/infrastructure/helm-binary.ts';
import { resolvePorts } from '../../local/ports.ts';
import { profileFolders, repositoryRoot } from '../../local/profile.ts';
import { Progress } from '../../local/progress.ts';
import { runCommand } from '../../local/run-command.ts';
import { loadSecrets } from '../../local/secrets.ts';
import { type Stack, startStack } from '../../local/stack.ts';
import { logFile, type StackContext } from '../../local/stack-context.ts';
import { describeFailure, StepFailure } from '../../local/step-failure.ts';
import { endWhenReported } from '../../local/testing/end-when-reported.ts';
import { createSecrets } from '../create-secrets.ts';
import { ensureNamespace } from '../ensure-namespace.ts';
import { type Kubectl, kubectlFor } from '../kubectl.ts';
import { elasticsearchImage, loadInfrastructureImages } from '../local-images/infrastructure.ts';
import { loadServiceImages } from '../local-images/services.ts';
import { readCommand } from '../read-command.ts';
import { requireTools } from '../required-tools.ts';
import {
  clusterTestsFolder,
  demoPassword,
  helmFor,
  namespaces,
  release,
  secondHost,
  type Target,
  targetFile,
  upgradeRelease,
  valuesFile,
} from './cluster-target.ts';

const usage = `npm run test:cluster [-- --context NAME] [-- --keep] [-- -t PATTERN] [FILE…]

Installs the product on a Kubernetes cluster that has Dapr and an ingress controller, in two namespaces of its own
(${namespaces.first} and ${namespaces.second}), buys tickets, disturbs it, and removes it again.
  --context NAME   of the kubeconfig; the current one by default
  --keep           leaves what is installed and its infrastructure up for a look; the next run replaces them, and these remove them:
                   kubectl delete namespace ${namespaces.first} ${namespaces.second}; npm run stop -- --cluster
  -t PATTERN       only tests whose names match

  TICKETING_IMAGE_LOADER   the command that takes an image archive into the cluster; the file's name is added to it.
                           For a kind cluster it is known; else it is "cluster load" of a kit in ../shared/cluster.
  TICKETING_HOST_ADDRESS   the address under which pods reach this machine, where databases and brokers run for the first
                           release; by default $HOST_IP
`;

const imageRegistry = 'docker.io/ticketing';
const tag = '0.1.0';
const nextTag = '0.1.1';
const ingressPatienceMs = 60_000;

interface Cluster {
  readonly name: string;
  readonly kubectl: Kubectl;
  readonly hostAddress: string;
  readonly load: (file: string) => Promise<void>;
}

const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

function imageLoader(context: string): string[] {
  const given = process.env['TICKETING_IMAGE_LOADER'];
  if (given) return given.split(' ');
  if (context.startsWith('kind-')) return ['kind', 'load', 'image-archive', '--name', context.slice('kind-'.length)];
  const kit = `${repositoryRoot}../shared/cluster/cluster`;
  if (existsSync(kit)) return [kit, 'load'];
  throw new StepFailure('how do images get into this cluster?', { fix: 'set TICKETING_IMAGE_LOADER; npm run test:cluster -- --help' });
}

async function findCluster(wanted: string | undefined, context: StackContext): Promise<Cluster> {
  const fix = 'is KUBECONFIG set, and is the cluster up?';
  const name = wanted ?? (await readCommand('kubectl', ['config', 'current-context'], { fix })).trim();
  const kubectl = kubectlFor(name, context.signal);
  await kubectl(['get', 'deployment', 'dapr-sidecar-injector', '--namespace', 'dapr-system']).catch((error: unknown) => {
    throw new StepFailure(`${name} has no Dapr: ${error instanceof Error ? error.message : ''}`, { fix });
  });
  const hostAddress = process.env['TICKETING_HOST_ADDRESS'] ?? process.env['HOST_IP'];
  if (!hostAddress) throw new StepFailure('under which address do pods reach this machine?', { fix: 'set TICKETING_HOST_ADDRESS' });
  const [command = '', ...args] = imageLoader(name);
  const load = (file: string) => runCommand(command, [...args, file], { log: logFile(context, 'load-images'), signal: context.signal });
  return { name, kubectl, hostAddress, load };
}

async function removeNamespaces(kubectl: Kubectl): Promise<void> {
  const names = Object.values(namespaces);
  await kubectl(['delete', 'namespace', ...names, '--ignore-not-found', '--wait', '--timeout=180s']);
}

/** Small, so that both releases fit on one machine. */
function productValues(host: string): object {
  return {
    image: { registry: imageRegistry, tag },
    dapr: { sidecarImage: `${imageRegistry}/daprd:${tag}` },
    ingress: { host },
    seed: { enabled: true, password: demoPassword },
    witness: { enabled: true },
    serviceDefaults: {
      replicas: 1,
      resources: { requests: { cpu: '20m', memory: '96Mi' } },
      sidecarResources: { requests: { cpu: '20m', memory: '64Mi' } },
      autoscaling: { enabled: false },
    },
  };
}

function writeValues(cluster: Cluster, { ports }: StackContext): void {
  const host = cluster.hostAddress;
  const external = {
    mysql: { host, port: ports.mariadb },
    redis: { host, port: ports.redis },
    kafka: { host, port: ports['kafka-published'] },
    elasticsearch: { host, port: ports.elasticsearch },
  };
  writeFileSync(valuesFile(namespaces.first), stringify({ ...productValues(''), external }));
  writeFileSync(valuesFile(namespaces.second), stringify(productValues(secondHost)));
}

/** The address that the ingress controller has given the first release. */
async function findGateway({ name, kubectl }: Cluster): Promise<string> {
  if (name.startsWith('kind-')) return 'http://127.0.0.1:8090';
  const path = 'jsonpath={.status.loadBalancer.ingress[0].ip}';
  const look = async () => (await kubectl(['get', 'ingress', release, '--namespace', namespaces.first, '--output', path])) || undefined;
  const address = await pollUntil(look, ingressPatienceMs);
  if (address) return `http://${address}`;
  throw new StepFailure('no ingress controller has taken the Ingress', { fix: 'the cluster needs a default ingress class' });
}

async function setUp(cluster: Cluster, context: StackContext): Promise<Target> {
  const { progress, signal } = context;
  const { kubectl } = cluster;
  await progress.step('building services', () =>
    runCommand('npm', ['run', 'build', '--silent'], { cwd: repositoryRoot, log: logFile(context, 'build'), signal }),
  );
  const daprd = await ensureDaprd(context);
  await progress.step('images of the services', () =>
    loadServiceImages({ registry: imageRegistry, tags: [tag, nextTag], daprd, load: cluster.load }),
  );
  await loadInfrastructureImages(context, cluster.load);
  for (const namespace of Object.values(namespaces)) await ensureNamespace(kubectl, namespace);
  await createSecrets(kubectl, namespaces.first, context.secrets);
  await createSecrets(kubectl, namespaces.second);
  writeValues(cluster, context);
  await progress.step(`installing ${release} in ${namespaces.first}`, () =>
    upgradeRelease(helmFor(cluster.name, signal), namespaces.first),
  );
  const images = { registry: imageRegistry, tag, nextTag, elasticsearch: elasticsearchImage() };
  return { context: cluster.name, gatewayUrl: await findGateway(cluster), images };
}

async function runJest(filters: readonly string[], signal: AbortSignal): Promise<{ passed: number; failed: number }> {
  const output = `${clusterTestsFolder}/jest.json`;
  rmSync(output, { force: true });
  const args = ['--no-warnings', '--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--selectProjects', 'cluster'];
  const options = ['--runInBand', '--testTimeout=300000', '--json', `--outputFile=${output}`, ...filters];
  const child = spawn(process.execPath, [...args, ...options], { cwd: repositoryRoot, stdio: ['ignore', 'ignore', 'inherit'], signal });
  const checkEnd = endWhenReported(child, output);
  await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
  const { numPassedTests, numFailedTests, testResults } = report.parse(JSON.parse(readFileSync(output, 'utf8')));
  // A file that cannot even be loaded has no tests to fail.
  const broken = testResults.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0).length;
  checkEnd(numFailedTests + broken);
  return { passed: numPassedTests, failed: numFailedTests + broken };
}

/** What the pods said, for a look at a failure after they are gone. */
async function keepLogs({ kubectl }: Cluster, context: StackContext): Promise<void> {
  for (const namespace of Object.values(namespaces)) {
    const pods = await kubectl(['get', 'pods', '--namespace', namespace, '--output=wide']);
    const events = await kubectl(['get', 'events', '--namespace', namespace, '--sort-by=.lastTimestamp']);
    const selector = 'app.kubernetes.io/part-of in (ticketing,ticketing-infra)';
    const logs = await kubectl([
      'logs',
      '--namespace',
      namespace,
      '--selector',
      selector,
      '--all-containers',
      '--prefix',
      '--tail=500',
      '--ignore-errors',
    ]);
    writeFileSync(logFile(context, namespace), `${pods}\n${events}\n${logs}`);
  }
  context.progress.line(`logs of the pods: ${context.folders.logs}`);
}

function listenForStop(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => controller.abort(new Error(`stopped by ${name}`)));
  return controller.signal;
}

function createContext(signal: AbortSignal): StackContext {
  const folders = profileFolders('cluster');
  const secrets = loadSecrets(folders.secrets);
  const progress = new Progress();
  return {
    profile: 'cluster',
    folders,
    ports: resolvePorts('cluster'),
    secrets,
    publishAddress: undefined,
    progress,
    signal,
    abandon: () => undefined,
  };
}

async function run(values: { context?: string | undefined; keep: boolean }, filters: readonly string[]): Promise<number> {
  const signal = listenForStop();
  mkdirSync(clusterTestsFolder, { recursive: true });
  const context = createContext(signal);
  requireTools(['kubectl']);
  await ensureHelm(context);
  const cluster = await findCluster(values.context, context);
  let stack: Stack | undefined;
  try {
    await removeNamespaces(cluster.kubectl);
    const { hostAddress } = cluster;
    stack = await startStack({
      profile: 'cluster',
      services: [],
      reset: true,
      infrastructure: 'native',
      publishAddress: hostAddress,
      signal,
      supervise: !values.keep,
    });
    const target = await setUp(cluster, createContext(signal));
    writeFileSync(targetFile, JSON.stringify(target));
    const { passed, failed } = await runJest(filters, signal);
    if (failed > 0) await keepLogs(cluster, context);
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
    return failed === 0 ? 0 : 1;
  } finally {
    if (!values.keep) {
      await context.progress.step('removing what was installed', () =>
        removeNamespaces(kubectlFor(cluster.name, new AbortController().signal)),
      );
      await stack?.stop();
    }
  }
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      context: { type: 'string' },
      keep: { type: 'boolean', default: false },
      testNamePattern: { type: 'string', short: 't' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) process.stdout.write(usage);
  else {
    const pattern = values.testNamePattern === undefined ? [] : ['-t', values.testNamePattern];
    process.exitCode = await run(values, [...positionals, ...pattern]);
  }
} catch (error) {
  process.stderr.write(`\n${describeFailure(error)}\n`);
  process.exitCode = 1;
}
