import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parseAllDocuments, stringify } from 'yaml';
import { profileFolders, repositoryRoot } from '../local/profile.ts';
import { Progress } from '../local/progress.ts';
import { databaseOwners, serviceNames } from '../local/services.ts';
import { buildStaticChecks, runTiltfile, type TiltCall } from './run-tiltfile.ts';

const buildTimeoutMs = 300_000;
const tiltfile = `${repositoryRoot}Tiltfile`;

interface TestObject {
  kind: string;
  metadata: { name: string; labels: Record<string, string> };
  spec?: { template: { spec: { containers: { image: string; securityContext: { readOnlyRootFilesystem: boolean } }[] } } };
}

function object(kind: string, name: string, component = ''): TestObject {
  return { kind, metadata: { name, labels: component === '' ? {} : { 'app.kubernetes.io/component': component } } };
}

function workload(kind: string, name: string, image: string, component = ''): TestObject {
  const containers = [{ image, securityContext: { readOnlyRootFilesystem: true } }];
  return { ...object(kind, name, component), spec: { template: { spec: { containers } } } };
}

/** As much of the charts as Tilt is told about. */
const productObjects = [
  object('NetworkPolicy', 'ticketing-default-deny'),
  object('Component', 'ticketing-state'),
  ...serviceNames.flatMap((name) => [object('Service', name), workload('Deployment', name, `ticketing/${name}:tilt`, 'service')]),
  ...databaseOwners.map((name) => workload('Job', `${name}-migration`, `ticketing/${name}:tilt`, 'migration')),
  ...['user', 'concert'].map((name) => workload('Job', `${name}-seed`, `ticketing/${name}:tilt`, 'seed')),
];
const infrastructureObjects = [
  object('ConfigMap', 'infra-mysql'),
  object('Service', 'infra-mysql'),
  ...['mysql', 'redis', 'kafka'].map((name) => workload('StatefulSet', `infra-${name}`, `docker.io/library/${name}:1`)),
  workload('StatefulSet', 'infra-elasticsearch', 'docker.io/ticketing/elasticsearch:1'),
  workload('Job', 'infra-kafka-topics', 'docker.io/library/kafka:1'),
];

function toYaml(objects: readonly TestObject[]): string {
  return objects.map((one) => `---\n${stringify(one)}`).join('');
}

const rendered = { 'charts/ticketing': toYaml(productObjects), 'charts/ticketing-infra': toYaml(infrastructureObjects) };
const context = { folders: profileFolders('test'), progress: new Progress({ quiet: true }), signal: new AbortController().signal };

let program: string;
let calls: TiltCall[];
beforeAll(async () => {
  program = await buildStaticChecks(context);
  calls = await runTiltfile(program, { file: tiltfile, context: 'kind-ticketing', rendered });
}, buildTimeoutMs);

function argumentsOf(name: string): Record<string, unknown>[] {
  return calls.filter((call) => call.function === name).map((call) => call.arguments);
}

/** Everything that Tilt shows: what was named in a call, by that name. */
function resources(): Map<unknown, Record<string, unknown>> {
  const kubernetes = argumentsOf('k8s_resource').map((given) => [given['new_name'] ?? given['workload'], given] as const);
  return new Map([...kubernetes, ...argumentsOf('local_resource').map((given) => [given['name'], given] as const)]);
}

/** The objects that Tilt would apply, apart from the namespace. */
function applied(): TestObject[] {
  const texts = argumentsOf('k8s_yaml').map((given) => String(given['yaml']));
  const documents = texts.filter((text) => text.startsWith('---')).flatMap((text) => parseAllDocuments(text));
  return documents.map((document) => {
    const applied: TestObject = document.toJS();
    return applied;
  });
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
        live_update: outputs.map((output) => ({ local_path: output, remote_path: `/app/${output}` })),
      });
    }
  });

  it('builds every image that is not somebody else’s', () => {
    const built = argumentsOf('docker_build').map((given) => given['ref']);
    const wanted = applied()
      .flatMap((one) => one.spec?.template.spec.containers ?? [])
      .map(({ image }) => /ticketing\/[\w-]+/.exec(image)?.[0]);
    expect(new Set(built)).toEqual(new Set(wanted.filter((image) => image !== undefined)));
  });

  it('lets live updates write into services, and nothing else be written', () => {
    const writable = applied().filter((one) =>
      one.spec?.template.spec.containers.some((part) => !part.securityContext.readOnlyRootFilesystem),
    );
    expect(writable.map(({ metadata }) => metadata.name).sort()).toEqual([...serviceNames].sort());
  });

  it('applies all that the charts have, and leaves no object without a resource', () => {
    expect(applied()).toHaveLength(productObjects.length + infrastructureObjects.length);
    const grouped = argumentsOf('k8s_resource').flatMap((given) => given['objects'] ?? []);
    const others = applied().filter((one) => one.spec === undefined && one.kind !== 'Service');
    expect(grouped.sort()).toEqual(['ticketing:Namespace', ...others.map((one) => `${one.metadata.name}:${one.kind}`)].sort());
    for (const one of applied().filter(({ spec }) => spec !== undefined)) expect(resources().has(one.metadata.name)).toBe(true);
  });

  it('waits only for what there is, and groups everything', () => {
    for (const [name, given] of resources()) {
      expect([name, given['labels']]).toEqual([name, [expect.stringMatching(/^(cluster|infrastructure|migrations|services|buttons)$/)]]);
      for (const needed of [given['resource_deps'] ?? []].flat()) expect([...resources().keys()]).toContain(needed);
    }
  });

  it('starts services after the migrations and the databases, and those after the Secrets', () => {
    const before = ['user-migration', 'payment-migration', 'infra-mysql', 'infra-kafka-topics', 'ticketing-settings'];
    expect(resources().get('payment')).toMatchObject({ resource_deps: expect.arrayContaining(before) });
    expect(resources().get('infra-mysql')).toMatchObject({ resource_deps: expect.arrayContaining(['secrets']) });
    expect(resources().get('ticketing-settings')).toMatchObject({ resource_deps: expect.arrayContaining(['dapr', 'namespace']) });
  });

  it.each(['user-seed', 'concert-seed', 'demo', 'load', 'test-unit', 'test-charts'])(
    'has the button %s, which waits to be pressed',
    (name) => {
      expect(resources().get(name)).toMatchObject({ labels: ['buttons'], trigger_mode: 'manual', auto_init: false });
    },
  );

  it('works on its own cluster only', async () => {
    expect(argumentsOf('allow_k8s_contexts')).toEqual([{ contexts: 'kind-ticketing' }]);
    const elsewhere = runTiltfile(program, { file: tiltfile, context: 'kind-other', rendered });
    await expect(elsewhere).rejects.toThrow('the current context is kind-other');
  });

  it.each([
    ['a function that Tilt does not have', 'uibutton()', 'undefined: uibutton'],
    ['a parameter that Tilt does not have', "docker_build('a', '.', tag='b')", 'there is no parameter tag'],
    ['a file that is not there', "watch_file('no-such-file')", 'no such file'],
  ])('would be refused with %s', async (_, line, complaint) => {
    const folder = mkdtempSync(`${tmpdir()}/ticketing-tiltfile-`);
    try {
      writeFileSync(`${folder}/Tiltfile`, line);
      const run = runTiltfile(program, { file: `${folder}/Tiltfile`, context: 'kind-ticketing', rendered });
      await expect(run).rejects.toThrow(complaint);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the image for development', () => {
  it('has its files where live updates put them, and restarts when they change', () => {
    const dockerfile = readFileSync(`${repositoryRoot}deploy/kind/Dockerfile`, 'utf8');
    expect(dockerfile).toContain('WORKDIR /app\n');
    expect(dockerfile).toMatch(/^CMD \["node", "--watch", .*"dist\/main\.js"\]$/m);
  });
});
