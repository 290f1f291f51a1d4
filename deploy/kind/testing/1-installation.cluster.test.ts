import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { repositoryRoot } from '../../local/profile.ts';
import { serviceNames } from '../../local/services.ts';
import { ticketLine, walkThrough } from '../../local/walk-through.ts';
import { namespaces, openTestCluster, release, type TestCluster } from './cluster-target.ts';
import { servicePods } from './pods.ts';

const execute = promisify(execFile);
const secretData = z.record(z.string(), z.string());
let cluster: TestCluster;
beforeAll(() => {
  cluster = openTestCluster();
});
afterAll(() => cluster.close());

describe('the installed release', () => {
  it('has a sidecar in every pod, in a namespace that enforces the restricted profile', async () => {
    const label = '{.metadata.labels.pod-security\\.kubernetes\\.io/enforce}';
    const enforced = await cluster.kubectl(['get', 'namespace', namespaces.first, '--output', `jsonpath=${label}`]);
    expect(enforced).toBe('restricted');
    const pods = await servicePods(cluster.kubectl, namespaces.first);
    expect([...new Set(pods.map(({ metadata }) => metadata.labels['app.kubernetes.io/name']))].sort()).toEqual([...serviceNames].sort());
    for (const { status } of pods) {
      const containers = [...status.initContainerStatuses, ...status.containerStatuses];
      expect(containers.map(({ name, ready }) => ({ name, ready }))).toEqual([
        { name: 'daprd', ready: true },
        { name: 'service', ready: true },
      ]);
    }
  });

  it('passes its own test', async () => {
    expect(await cluster.helm('test', release, '--namespace', namespaces.first, '--timeout', '5m')).toMatch(/Phase:\s+Succeeded/);
  });

  it('sells a ticket through the ingress, by the lines of the README', async () => {
    const { stdout } = await execute('bash', ['-ec', walkThrough(cluster.gatewayUrl)], { timeout: 120_000 });
    expect(stdout.trim().split('\n').at(-1)).toMatch(ticketLine);
  });

  it('has a witness that finds its books in order', async () => {
    const job = ['--namespace', namespaces.first, 'job/witness-of-test'];
    await cluster.kubectl(['create', 'job', '--namespace', namespaces.first, `--from=cronjob/${release}-witness`, 'witness-of-test']);
    // A run that finds something never completes; its log says what it was.
    await cluster.kubectl(['wait', '--for=condition=complete', '--timeout=300s', ...job]).catch(() => undefined);
    const lines = (await cluster.kubectl(['logs', ...job])).trim().split('\n');
    expect(lines.map((line) => line.trim().split(/\s+/).slice(0, 2).join(' '))).toEqual(
      Array.from({ length: 15 }, (_, index) => `${index + 1} ok`),
    );
    await cluster.kubectl(['delete', ...job]);
  }, 330_000);

  it('fills a new search index beside the one that answers, and finds nothing missing in it', async () => {
    const namespace = ['--namespace', namespaces.first];
    const make = (name: string): string[] => ['create', 'job', ...namespace, `--from=cronjob/${release}-reindex`, name];
    const outcome = async (name: string): Promise<string> => {
      await cluster.kubectl(['wait', '--for=condition=complete', '--timeout=120s', ...namespace, `job/${name}`]).catch(() => undefined);
      const said = await cluster.kubectl(['logs', ...namespace, `job/${name}`]);
      await cluster.kubectl(['delete', ...namespace, `job/${name}`]);
      return said.trim();
    };
    await cluster.kubectl(make('reindex-of-test'));
    const index = /^(concerts-v\d+-\d+) answers now: [1-9]\d* concerts in/m.exec(await outcome('reindex-of-test'));
    expect(index).not.toBeNull();

    const job = await cluster.kubectl([...make('check-of-test'), '--dry-run=client', '--output=yaml']);
    const check = await cluster.kubectl(['set', 'env', '--local', '--filename=-', 'REINDEX=check', '--output=yaml'], job);
    await cluster.kubectl(['create', ...namespace, '--filename=-'], check);
    expect(await outcome('check-of-test')).toMatch(/^[1-9]\d* concerts compared with the index: 0 missing, 0 stale, 0 extra$/);
  }, 330_000);

  it('is what the API server takes without a warning or an unknown field', async () => {
    const manifest = await cluster.helm('get', 'manifest', release, '--namespace', namespaces.first);
    const answer = await cluster.kubectl(
      ['apply', '--dry-run=server', '--validate=strict', '--namespace', namespaces.first, '--filename', '-'],
      manifest,
    );
    expect(answer.split('\n').filter((line) => line !== '' && !line.includes('(server dry run)'))).toEqual([]);
  });

  it('stores no secret in the release', async () => {
    const secrets = await cluster.kubectl([
      'get',
      'secret',
      'ticketing-secrets',
      '--namespace',
      namespaces.first,
      '--output',
      'jsonpath={.data}',
    ]);
    const values = Object.values(secretData.parse(JSON.parse(secrets))).map((value) => Buffer.from(value, 'base64').toString());
    expect(values.length).toBeGreaterThan(10);
    const stored = await cluster.helm('get', 'all', release, '--namespace', namespaces.first);
    expect(values.filter((value) => stored.includes(value))).toEqual([]);
  });

  it('is refused with a clear message when a value is wrong', async () => {
    const chart = `${repositoryRoot}charts/ticketing`;
    await expect(
      cluster.helm('upgrade', release, chart, '--namespace', namespaces.first, '--dry-run=server', '--set', 'services.gateway.replica=3'),
    ).rejects.toThrow(/replica/);
  });
});
