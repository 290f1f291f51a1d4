import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { inlineCommands, operatorPreamble, preamble, runbookNames, shellBlocks } from '../../deploy/kind/runbook.ts';
import { repositoryRoot } from '../../deploy/local/profile.ts';
import { serviceNames } from '../../deploy/local/services.ts';
import { type ClusterObjects, objectsOf, problemsOf } from './cluster-objects.ts';
import { onlyContainer, podOf } from './product-chart.ts';
import { type Manifest, renderChart } from './render-chart.ts';
import { type Call, callsOf } from './runbook-calls.ts';
import { requestProblems } from './runbook-requests.ts';

const ownNamespace = ['--namespace', 'ticketing'];
const daprNamespace = ['--namespace', 'dapr-system'];
const daprNames = ['dapr-operator', 'dapr-sentry', 'dapr-sidecar-injector'];
const databases = ['users', 'concerts', 'reservations', 'payments'];
const services = z.looseObject({ ports: z.array(z.looseObject({ port: z.number() })) });

let manifests: Manifest[];
let objects: ClusterObjects;
beforeAll(async () => {
  const product = await renderChart('ticketing', { values: { witness: { enabled: true } } });
  manifests = [...product, ...(await renderChart('ticketing-infra'))];
  objects = objectsOf(manifests);
});

/** All of one runbook, in its order. */
const scriptOf = (name: string): string => [...shellBlocks(name), ...inlineCommands(name)].join('\n');

/** The calls of kubectl in the namespace of the releases, without that. */
const kubectlCalls = (calls: readonly Call[]): Call[] =>
  calls
    .filter(({ program, args }) => program === 'kubectl' && args.slice(0, 2).join(' ') === ownNamespace.join(' '))
    .map((call) => ({ ...call, args: call.args.slice(2) }));

const madeJobs = (calls: readonly Call[]): Set<string> =>
  new Set(
    calls
      .filter(({ args }) => args[0] === 'create' && args[1] === 'job')
      .map(({ args }) => `job/${args.find((word) => /-\w+$/.test(word) && !word.startsWith('-')) ?? ''}`),
  );

/** What is wrong with calls that reach a pod: the page that is asked for, the database, the secrets that come in. */
function inputProblems({ args, input }: Call): string[] {
  const problems: string[] = [];
  for (const [, host = '', port = ''] of args.join(' ').matchAll(/http:\/\/([^:/\s]+):(\d+)/g)) {
    const service = manifests.find(({ kind, metadata }) => kind === 'Service' && metadata.name === host);
    const ports = host === '127.0.0.1' ? [8080, 9090] : service ? services.parse(service.spec).ports.map((item) => item.port) : [];
    if (!ports.includes(Number(port))) problems.push(`nothing answers at ${host}:${port}`);
  }
  if (args.includes('--table') && !databases.includes(args.at(-1) ?? '')) problems.push(`there is no database ${args.at(-1) ?? ''}`);
  if (args[0] === 'patch' && args[1] === 'secret') {
    const { stringData } = z.object({ stringData: z.record(z.string(), z.string()) }).parse(JSON.parse(input));
    problems.push(
      ...Object.keys(stringData).flatMap((key) =>
        objects.secrets.has(`${args[2] ?? ''}/${key}`) ? [] : [`${args[2] ?? ''} has no ${key}`],
      ),
    );
  }
  return problems;
}

/** The tables that migrations make. */
function tables(): Set<string> {
  const folders = [
    'common/src',
    ...serviceNames.filter((name) => name !== 'gateway' && name !== 'queue').map((name) => `${name}/src/db/migrations`),
  ];
  const sources = folders.flatMap((folder) => {
    const path = `${repositoryRoot}services/${folder}`;
    return readdirSync(path)
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(`${path}/${file}`, 'utf8'));
  });
  return new Set(sources.flatMap((text) => [...text.matchAll(/CREATE TABLE IF NOT EXISTS (\w+)/g)].map(([, table = '']) => table)));
}

describe.each(runbookNames)('%s', (name) => {
  it('needs nothing but bash, kubectl and curl, and nothing of the folder that it is used in', async () => {
    const { calls, complaints } = await callsOf(scriptOf(name));
    expect(complaints).toBe('');
    expect(calls.length).toBeGreaterThan(0);
    const others = calls.filter(({ program }) => !['kubectl', 'curl', 'sleep'].includes(program));
    // Helm alone knows what a release was.
    expect(others.map(({ args }) => args[2])).toEqual(name === 'rollback' ? ['history', 'rollback'] : []);
  });

  it('names what there is in a cluster, and options that there are', async () => {
    const { calls } = await callsOf(scriptOf(name));
    const own = kubectlCalls(calls);
    const jobs = madeJobs(own);
    expect(own.flatMap((call) => problemsOf(call, objects, jobs).map((problem) => `${problem}: ${call.args.join(' ')}`))).toEqual([]);
    expect(own.flatMap(inputProblems)).toEqual([]);
    const elsewhere = calls.filter(({ program, args }) => program === 'kubectl' && args.slice(0, 2).join(' ') !== ownNamespace.join(' '));
    for (const { args } of elsewhere) {
      if (args.join(' ') === 'top nodes') continue;
      expect(args.slice(0, 2)).toEqual(daprNamespace);
      for (const word of args.filter((candidate) => candidate.includes('dapr-')))
        expect([...daprNames, 'dapr-system']).toContain(word.split(/[/=]/).at(-1));
    }
  });

  it('asks the API for what it has', async () => {
    const { calls } = await callsOf(scriptOf(name));
    expect(calls.filter(({ program }) => program === 'curl').flatMap(requestProblems)).toEqual([]);
  });

  it('asks the databases for tables that there are', async () => {
    const { calls } = await callsOf(scriptOf(name));
    const named = calls.flatMap(({ args, input }) =>
      args.includes('--table') ? [...input.matchAll(/\b(?:FROM|JOIN|UPDATE) (\w[\w.]*)/g)].map(([, table = '']) => table) : [],
    );
    const known = tables();
    expect(named.filter((table) => !known.has(table) && !table.startsWith('information_schema.'))).toEqual([]);
  });
});

describe('the preamble of the runbooks', () => {
  it('sends only requests that the API has', async () => {
    const { calls, complaints } = await callsOf(
      `${preamble()}\n${operatorPreamble()}\nadmin GET audit\neach queue http://127.0.0.1:8080/metrics`,
    );
    expect(complaints).toBe('');
    expect(calls.filter(({ program }) => program === 'curl').flatMap(requestProblems)).toEqual([]);
  });

  it('makes topics as the infra release does', async () => {
    const [, script, , port, ...rest] = onlyContainer(podOf(manifests, 'Job', 'infra-kafka-topics')).command;
    for (const name of ['kafka-down', 'restore']) {
      const { calls } = await callsOf(scriptOf(name));
      const made = calls.map(({ args }) => args.slice(args.indexOf('bash') + 1)).find((words) => words[0] === script);
      expect(made).toEqual([script, 'infra-kafka', port, ...rest]);
    }
  });

  it('switches what services know', () => {
    const known = serviceNames.map((service) => readFileSync(`${repositoryRoot}services/${service}/src/config.ts`, 'utf8')).join('\n');
    const named = runbookNames.flatMap((name) =>
      [...scriptOf(name).matchAll(/\b([A-Z]+(?:_[A-Z]+)+)=(?:on|off)/g)].map(([, variable = '']) => variable),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((variable) => !known.includes(`${variable}:`))).toEqual([]);
  });
});

describe('this test', () => {
  it.each([
    ['a pod', 'k delete pod infra-mysql-1', 'there is no pod/infra-mysql-1'],
    ['a Deployment', 'k rollout restart deployment/payments', 'there is no deployment/payments'],
    ['a container', 'k logs deployment/user -c sidecar', 'there is no container sidecar'],
    ['a label', 'k get pods -l app.kubernetes.io/name=mysqld', 'nothing is labelled app.kubernetes.io/name=mysqld'],
    ['a key', "k get secret ticketing-secrets -o jsonpath='{.data.signing-keys}'", 'ticketing-secrets has no signing-keys'],
    ['a CronJob', 'k create job --from=cronjob/witness witness-1', 'there is no cronjob/witness'],
  ])('finds %s that there is not', async (_what, line, problem) => {
    const { calls } = await callsOf(line);
    expect(kubectlCalls(calls).flatMap((call) => problemsOf(call, objects, new Set()))).toContain(problem);
  });

  it('finds an option that there is not, a program that is not at hand, and a request that the API does not have', async () => {
    const { calls } = await callsOf('k delete pod infra-mysql-0 --reuse-values');
    expect(() => problemsOf(kubectlCalls(calls)[0]!, objects, new Set())).toThrow('no option --reuse-values');
    expect((await callsOf('admin GET audit | jq .')).complaints).toContain('jq: command not found');
    const wrong = await callsOf(`admin GET sagas/all; admin GET 'sagas?state=RUNNING'; admin PUT settings/hold.seconds '{"amount":1}'`);
    expect(wrong.calls.flatMap(requestProblems)).toEqual([
      'the API has no GET /api/v1/admin/sagas/all',
      '/api/v1/admin/sagas has no state',
      'there is no setting hold.seconds',
      'PUT /api/v1/admin/settings/hold.seconds takes no amount',
    ]);
  });
});
