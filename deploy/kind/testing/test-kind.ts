import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { pollUntil } from '@ticketing/common/poll-until';
import { repositoryRoot } from '../../local/profile.ts';
import { runCommand } from '../../local/run-command.ts';
import { logFile, type ToolContext } from '../../local/stack-context.ts';
import { describeFailure, StepFailure } from '../../local/step-failure.ts';
import { ticketLine, walkThrough } from '../../local/walk-through.ts';
import { ClusterRecord, recordFolder } from '../cluster-record.ts';
import { node } from '../kind-cluster.ts';
import { stepNames, toolsOf } from '../kind-up-options.ts';
import { type Kubectl, kubectlFor } from '../kubectl.ts';
import { containerNames, type Docker, dockerFor, registryHost } from '../local-registry.ts';
import { readCommand } from '../read-command.ts';
import { requireTools } from '../required-tools.ts';
import { readOptions, runScript } from '../run-script.ts';
import { defaultNamespace as namespace, ownContext } from '../target.ts';
import { clusterState, differences } from './cluster-state.ts';
import { editSource } from './live-update.ts';
import { keepStrangersOut } from './network-reach.ts';
import { connectionsTo, podOf } from './pods.ts';
import { press, runTilt, waitForAll, withTilt } from './tilt-session.ts';

const usage = `npm run test:kind [-- --keep]

Makes the cluster of npm run kind:up from nothing, buys a ticket there, develops on it with Tilt, and removes it again; meanwhile it
edits a message in services/concert. It needs what kind:up needs, Tilt, curl, and that there is no such cluster yet.
  --keep   leaves the cluster up for a look when a step fails: KUBECONFIG=.local/kind/test-kubeconfig, and npm run kind:down removes it
`;

const gatewayUrl = 'http://127.0.0.1:8090';
const kubeconfig = `${recordFolder}/test-kubeconfig`;
const kafkaPort = 9092;
const patienceMs = 120_000;

interface Run {
  readonly context: ToolContext;
  readonly kubectl: Kubectl;
  readonly docker: Docker;
  /** What Docker had before. */
  readonly before: readonly string[];
}

function expectNone(what: string, found: readonly string[]): void {
  if (found.length > 0) throw new StepFailure(`${what}: ${found.join(', ')}`);
}

function npmRun({ folders, signal }: ToolContext, script: string): Promise<void> {
  const log = logFile({ folders }, `test-${script.replace(':', '-')}`);
  return runCommand('npm', ['run', '--silent', script], { cwd: repositoryRoot, log, signal });
}

async function inDocker(docker: Docker): Promise<string[]> {
  const lists = [
    await docker(['ps', '--all', '--format', 'container {{.Names}}']),
    await docker(['volume', 'ls', '--format', 'volume {{.Name}}']),
    await docker(['network', 'ls', '--format', 'network {{.Name}}']),
    await docker(['image', 'ls', '--filter', `reference=${registryHost}/*`, '--format', 'image {{.Repository}}:{{.Tag}} {{.ID}}']),
  ];
  return lists
    .join('')
    .split('\n')
    .filter((line) => line !== '');
}

async function buyByTheReadme({ context }: Run): Promise<void> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(patienceMs)]);
  const printed = await readCommand('bash', ['-ec', walkThrough(gatewayUrl)], { signal });
  const last = printed.trim().split('\n').at(-1) ?? '';
  if (!ticketLine.test(last)) throw new StepFailure(`the walk-through ends with ${last}`);
}

async function upAgain({ context, kubectl }: Run): Promise<void> {
  const before = await clusterState(kubectl);
  await npmRun(context, 'kind:up');
  expectNone('changed', differences(before, await clusterState(kubectl)));
}

/** Pods and containers stay, and so do the connections of the sidecar to Kafka: it leaves no consumer group. */
async function liveUpdates({ kubectl }: Run, signal: AbortSignal): Promise<number[]> {
  const concert = await podOf(kubectl, namespace, 'concert');
  const connections = () => connectionsTo(kubectl, namespace, concert, kafkaPort);
  const before = { state: await clusterState(kubectl), connections: await connections() };
  if (before.connections.length === 0) throw new StepFailure('the sidecar of the concert service has no connection to Kafka');
  const times = await editSource(gatewayUrl, signal);
  expectNone('changed by a live update', differences(before.state, await clusterState(kubectl)));
  const after = await connections();
  expectNone(
    'connections to Kafka that are lost',
    before.connections.filter((one) => !after.includes(one)),
  );
  return times;
}

async function develop(run: Run): Promise<string> {
  return withTilt(run.context, async (signal) => {
    await waitForAll(signal, 'concert');
    await press(signal, 'demo');
    const times = await liveUpdates(run, signal);
    return times.map((time) => `${(time / 1_000).toFixed(1)} s`).join(', ');
  });
}

/** What is left in the namespace, but for what was made before the product: Tilt removes no namespace, and kind:secrets keeps its Secrets. */
async function remains(kubectl: Kubectl): Promise<string[]> {
  const given = /^(ConfigMap .*\/kube-root-ca\.crt|Secret .*\/(ticketing-secrets|[a-z]+-(dapr|app)-api-token))$/;
  return [...(await clusterState(kubectl)).keys()].filter((name) => name.includes(` ${namespace}/`) && !given.test(name));
}

async function tiltDown({ context, kubectl }: Run): Promise<void> {
  await runTilt(context, 'down');
  const gone = async () => ((await remains(kubectl)).length === 0 ? true : undefined);
  await pollUntil(gone, patienceMs);
  expectNone('left by tilt down', await remains(kubectl));
}

async function kindDown({ context, docker, before }: Run): Promise<void> {
  await npmRun(context, 'kind:down');
  const left = (await inDocker(docker)).filter((line) => !before.includes(line));
  expectNone('left by kind:down', left);
}

const steps: readonly (readonly [title: string, work: (run: Run) => Promise<unknown>])[] = [
  ['kind:up makes everything from nothing', ({ context }) => npmRun(context, 'kind:up')],
  ['the lines of the README buy a ticket', buyByTheReadme],
  ['a second kind:up changes nothing', upAgain],
  ['tilt ci ends green', ({ context }) => runTilt(context, 'ci')],
  ['tilt up: a button buys a ticket, and saved lines arrive in the pod', develop],
  ['a stranger in the namespace reaches nothing of the product', ({ kubectl }) => keepStrangersOut(kubectl, namespace)],
  ['tilt down leaves nothing of the product', tiltDown],
  ['kind:down leaves nothing', kindDown],
];

/** What the pods said, for a look at a failure after they are gone. */
async function keepLogs({ context, kubectl }: Run): Promise<void> {
  const wanted = [
    ['get', 'pods', '--all-namespaces', '--output=wide'],
    ['get', 'events', '--namespace', namespace, '--sort-by=.lastTimestamp'],
    [
      'logs',
      '--namespace',
      namespace,
      '--selector=app.kubernetes.io/part-of',
      '--all-containers',
      '--prefix',
      '--tail=500',
      '--ignore-errors',
    ],
  ];
  const printed = await Promise.all(wanted.map((args) => kubectl(args).catch(String)));
  writeFileSync(logFile(context, 'test-pods'), printed.join('\n'));
  context.progress.line(`logs of the pods: ${logFile(context, 'test-pods')}`);
}

async function refuseCluster(docker: Docker): Promise<void> {
  const there = new ClusterRecord(recordFolder).state !== undefined || (await containerNames(docker, `name=${node}`)).includes(node);
  if (there) throw new StepFailure('there is a cluster already, and this test makes it from nothing', { fix: 'npm run kind:down' });
}

/** After a failure: with a signal of its own, since Ctrl-C has aborted the other. */
async function removeCluster({ context }: Run): Promise<void> {
  const cleaning = { ...context, signal: new AbortController().signal };
  await context.progress.step('removing the cluster', () => npmRun(cleaning, 'kind:down'));
}

/** The first step that fails ends the run: each builds on those before it. */
async function runSteps(run: Run, keep: boolean): Promise<void> {
  const { progress, signal } = run.context;
  let passed = 0;
  try {
    for (const [title, work] of steps) {
      await progress.step(
        title,
        () => work(run),
        (result) => (typeof result === 'string' ? result : ''),
      );
      passed += 1;
    }
  } catch (error) {
    process.exitCode = 1;
    if (!signal.aborted) {
      progress.line(describeFailure(error));
      await keepLogs(run);
    }
    if (!keep) await removeCluster(run);
  }
  progress.line(`${passed} passed, ${passed < steps.length ? 1 : 0} failed`);
  signal.throwIfAborted();
}

await runScript(async (context) => {
  const options = { keep: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } } as const;
  const { keep, help } = readOptions(options, 'npm run test:kind');
  if (help) {
    process.stdout.write(usage);
    return;
  }
  requireTools([...toolsOf(stepNames), 'tilt']);
  const docker = dockerFor(context.signal);
  await refuseCluster(docker);
  mkdirSync(recordFolder, { recursive: true });
  rmSync(kubeconfig, { force: true });
  process.env['KUBECONFIG'] = kubeconfig;
  await runSteps({ context, docker, kubectl: kubectlFor(ownContext, context.signal), before: await inDocker(docker) }, keep);
});
