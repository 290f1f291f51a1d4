import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { buildStaticChecks, runTiltfile, type TiltCall } from '../../deploy/kind/run-tiltfile.ts';
import { profileFolders, repositoryRoot } from '../../deploy/local/profile.ts';
import { Progress } from '../../deploy/local/progress.ts';
import { serviceNames } from '../../deploy/local/services.ts';
import { namesOf, podsOf } from './product-chart.ts';
import { type Manifest, parseManifests, renderChart, requireHelm } from './render-chart.ts';

const buildTimeoutMs = 300_000;
const tiltfile = `${repositoryRoot}Tiltfile`;
const context = { folders: profileFolders('test'), progress: new Progress({ quiet: true }), signal: new AbortController().signal };

let program: string;
let calls: TiltCall[];
beforeAll(async () => {
  program = await buildStaticChecks(context);
  calls = await run(tiltfile);
}, buildTimeoutMs);

function run(file: string, kubernetesContext = 'kind-ticketing'): Promise<TiltCall[]> {
  return runTiltfile(program, { file, context: kubernetesContext, helm: requireHelm() });
}

function argumentsOf(name: string): Record<string, unknown>[] {
  return calls.filter((call) => call.function === name).map((call) => call.arguments);
}

/** Everything that Tilt shows: what was named in a call, by that name. */
function resources(): Map<unknown, Record<string, unknown>> {
  const kubernetes = argumentsOf('k8s_resource').map((given) => [given['new_name'] ?? given['workload'], given] as const);
  return new Map([...kubernetes, ...argumentsOf('local_resource').map((given) => [given['name'], given] as const)]);
}

/** The objects that Tilt would apply, apart from the namespace. */
function applied(): Manifest[] {
  const texts = argumentsOf('k8s_yaml').map((given) => String(given['yaml']));
  return texts.filter((text) => text.startsWith('---')).flatMap(parseManifests);
}

describe('the Tiltfile', () => {
  it('has a resource for every service, with its image and a live update of what is compiled', () => {
    for (const service of serviceNames) {
      expect(resources().get(service)).toMatchObject({ labels: ['services'], resource_deps: expect.arrayContaining(['compile']) });
      const [image] = argumentsOf('docker_build').filter((given) => given['ref'] === `ticketing/${service}`);
      const outputs = ['contracts', 'common', service].map((workspace) => `services/${workspace}/dist`);
      expect(image).toMatchObject({
        build_args: { SERVICE: service },
        only: expect.arrayContaining(outputs),
        live_update: [
          ...outputs.map((output) => ({ local_path: output, remote_path: `/app/${output}` })),
          { cmd: ['touch', '/app/restart'] },
        ],
      });
    }
  });

  it('builds every image that is not somebody else’s', () => {
    const built = argumentsOf('docker_build').map((given) => given['ref']);
    const wanted = podsOf(applied())
      .flatMap(({ template }) => template.spec.containers)
      .map(({ image }) => /ticketing\/[\w-]+/.exec(image)?.[0]);
    expect(new Set(built)).toEqual(new Set(wanted.filter((image) => image !== undefined)));
  });

  it('lets live updates write into services, and nothing else be written', () => {
    const writable = podsOf(applied()).filter(({ template }) =>
      template.spec.containers.some(({ securityContext }) => securityContext?.readOnlyRootFilesystem !== true),
    );
    expect(writable.map(({ maker }) => maker.metadata.name).sort()).toEqual([...serviceNames].sort());
  });

  it('applies all that the charts have, and leaves no object without a resource', async () => {
    const values: object = parse(readFileSync(`${repositoryRoot}deploy/kind/values.yaml`, 'utf8'));
    const charts = [await renderChart('ticketing', { values }), await renderChart('ticketing-infra')].flat();
    const parts = charts.filter(({ metadata }) => metadata.annotations['helm.sh/hook'] !== 'test');
    const objects = applied();
    expect(objects).toHaveLength(parts.length);
    const makers = podsOf(objects).map(({ maker }) => maker);
    const grouped = argumentsOf('k8s_resource').flatMap((given) => given['objects'] ?? []);
    const others = objects.filter((one) => !makers.includes(one) && one.kind !== 'Service');
    expect(grouped.sort()).toEqual(['ticketing:Namespace', ...others.map((one) => `${one.metadata.name}:${one.kind}`)].sort());
    for (const { metadata } of makers) expect(resources().has(metadata.name)).toBe(true);
  });

  it('waits only for what there is, and groups everything', () => {
    for (const [name, given] of resources()) {
      expect([name, given['labels']]).toEqual([
        name,
        [expect.stringMatching(/^(cluster|infrastructure|migrations|jobs|services|buttons)$/)],
      ]);
      for (const needed of [given['resource_deps'] ?? []].flat()) expect([...resources().keys()]).toContain(needed);
    }
  });

  it('lets the data go with the databases', () => {
    const sets = applied().filter(({ kind }) => kind === 'StatefulSet');
    expect(sets).toHaveLength(4);
    for (const { spec } of sets) expect(spec).toMatchObject({ persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } });
  });

  it('starts services after the migrations and the databases, and those after the Secrets', () => {
    const before = ['user-migration', 'payment-migration', 'infra-mysql', 'infra-kafka-topics', 'ticketing-settings'];
    expect(resources().get('payment')).toMatchObject({ resource_deps: expect.arrayContaining(before) });
    expect(resources().get('infra-mysql')).toMatchObject({ resource_deps: expect.arrayContaining(['secrets']) });
    expect(resources().get('ticketing-settings')).toMatchObject({ resource_deps: expect.arrayContaining(['dapr', 'namespace']) });
  });

  it('writes the demonstration data at the start, before anybody can press a button that buys', () => {
    for (const seed of ['user-seed', 'concert-seed']) {
      expect(resources().get(seed)).toMatchObject({ trigger_mode: 'manual', resource_deps: expect.arrayContaining(['concert-migration']) });
      expect(resources().get(seed)).not.toHaveProperty('auto_init');
      expect(resources().get('demo')).toMatchObject({ resource_deps: expect.arrayContaining([seed]) });
    }
  });

  it('waits for no pod of a CronJob', () => {
    const names = namesOf(applied(), 'CronJob');
    expect(names).toEqual(['ticketing-reindex', 'ticketing-witness']);
    for (const name of names) expect(resources().get(name)).toMatchObject({ pod_readiness: 'ignore', trigger_mode: 'manual' });
  });

  it.each(['demo', 'load', 'test-unit', 'test-charts'])('has the button %s, which waits to be pressed', (name) => {
    expect(resources().get(name)).toMatchObject({ labels: ['buttons'], trigger_mode: 'manual', auto_init: false });
  });

  it('works on its own cluster only', async () => {
    expect(argumentsOf('allow_k8s_contexts')).toEqual([{ contexts: 'kind-ticketing' }]);
    await expect(run(tiltfile, 'kind-other')).rejects.toThrow('the current context is kind-other');
  });

  it.each([
    ['a function that Tilt does not have', 'uibutton()', 'undefined: uibutton'],
    ['a parameter that Tilt does not have', "docker_build('a', '.', tag='b')", 'there is no parameter tag'],
    ['a file that is not there', "watch_file('no-such-file')", 'no such file'],
    ['an object that is a workload', "k8s_yaml(CRON_JOB)\nk8s_resource(new_name='a', objects=['a:CronJob'])", 'in remaining YAML'],
    ['a workload that is not there', "k8s_resource('a')", 'there is no workload a'],
  ])('would be refused with %s', async (_, line, complaint) => {
    const folder = mkdtempSync(`${tmpdir()}/ticketing-tiltfile-`);
    try {
      const cronJob = 'kind: CronJob\\nmetadata: {name: a}\\n';
      writeFileSync(`${folder}/Tiltfile`, `CRON_JOB = '${cronJob}'\n${line}\n`);
      await expect(run(`${folder}/Tiltfile`)).rejects.toThrow(complaint);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the image for development', () => {
  it('has its files where live updates put them, and restarts when they have touched one', () => {
    const dockerfile = readFileSync(`${repositoryRoot}deploy/kind/Dockerfile`, 'utf8');
    expect(dockerfile).toContain('WORKDIR /app\n');
    expect(dockerfile).toMatch(/^RUN install --owner 65532 \/dev\/null restart$/m);
    expect(dockerfile).toMatch(/^CMD \["node", "--watch", "--watch-path=\/app\/restart", .*"dist\/main\.js"\]$/m);
  });
});
