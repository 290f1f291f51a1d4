import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { profileFolders } from '../local/profile.ts';
import { Progress } from '../local/progress.ts';
import { ClusterRecord } from './cluster-record.ts';
import { type ClusterTools, deleteCluster, ensureCluster, node, refuseForeignCluster, removeNetwork } from './kind-cluster.ts';
import type { Docker } from './local-registry.ts';

/** As much of kind as changes the files `clusters`, `contexts`, `current` and `network`; `fail` lets it end in the middle of its work. */
const fakeKind = `#!/bin/sh
cd "\${0%/*}"
echo "$1 $2" >> calls
case "$1 $2" in
  'get clusters') cat clusters ;;
  'create cluster')
    echo ticketing >> clusters; : > network
    if [ -e fail ]; then exit 1; fi
    echo kind-ticketing >> contexts; printf kind-ticketing > current ;;
  'delete cluster')
    grep -v ticketing clusters > rest; mv rest clusters
    grep -v kind-ticketing contexts > rest; mv rest contexts
    if grep -q kind-ticketing current; then : > current; fi ;;
  'export kubeconfig') echo kind-ticketing >> contexts; printf kind-ticketing > current ;;
esac
`;

let folder: string;
let tools: ClusterTools;
/** Names of the containers that Docker has, and whether they are on kind's network. */
let containers: Map<string, { onNetwork: boolean }>;

const file = (name: string): string => `${folder}/${name}`;
const read = (name: string): string => readFileSync(file(name), 'utf8').trim();
const calls = (): string[] => read('calls').split('\n');

const docker: Docker = (args) => {
  const [command, filter = ''] = [args.slice(0, 2).join(' '), args.find((argument) => /^(name|network)=/.test(argument))];
  if (command === 'network ls') return Promise.resolve(existsSync(file('network')) ? 'kind\n' : '');
  if (command === 'network rm') rmSync(file('network'));
  if (command === 'inspect --format') return Promise.resolve('kindest/node:v1.37.0\n');
  if (command !== 'ps --all') return Promise.resolve('');
  const found = [...containers].filter(([name, { onNetwork }]) => (filter.startsWith('network=') ? onNetwork : filter === `name=${name}`));
  return Promise.resolve(found.map(([name]) => `${name}\n`).join(''));
};

function kubeconfig([command, name = '']: string[]): Promise<string> {
  if (command === 'use-context') writeFileSync(file('current'), name);
  return Promise.resolve(readFileSync(file(command === 'get-contexts' ? 'contexts' : 'current'), 'utf8'));
}

beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/ticketing-cluster-`);
  writeFileSync(file('kind'), fakeKind, { mode: 0o755 });
  // Somebody's other clusters.
  writeFileSync(file('clusters'), 'other\n');
  writeFileSync(file('contexts'), 'kind-other\nproduction\n');
  writeFileSync(file('current'), 'production');
  containers = new Map();
  const folders = { ...profileFolders('test'), logs: file('logs') };
  const context = { folders, progress: new Progress({ quiet: true }), signal: new AbortController().signal };
  tools = { kind: file('kind'), docker, kubeconfig, record: new ClusterRecord(file('record')), context };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function removeAll(): Promise<void> {
  await refuseForeignCluster(docker, tools.record);
  await deleteCluster(tools);
  await removeNetwork(docker, tools.record);
  tools.record.forget();
}

describe('the cluster of npm run kind:up', () => {
  it('is made once, and becomes the current context', async () => {
    await ensureCluster(tools);
    await ensureCluster(tools);
    expect(calls().filter((call) => call === 'create cluster')).toHaveLength(1);
    expect(read('current')).toBe('kind-ticketing');
  });

  it('leaves nothing: no node, no context, no network, and the current context that there was', async () => {
    await ensureCluster(tools);
    await removeAll();
    expect(read('clusters')).toBe('other');
    expect(read('contexts')).toBe('kind-other\nproduction');
    expect(read('current')).toBe('production');
    expect(existsSync(file('network'))).toBe(false);
    expect(tools.record.state).toBeUndefined();
  });

  it('leaves nothing either when a start was interrupted, and began again', async () => {
    writeFileSync(file('fail'), '');
    await expect(ensureCluster(tools)).rejects.toThrow();
    rmSync(file('fail'));
    await ensureCluster(tools);
    expect(calls()).toEqual(['get clusters', 'create cluster', 'get clusters', 'delete cluster', 'create cluster']);
    await removeAll();
    expect([read('current'), existsSync(file('network'))]).toEqual(['production', false]);
  });

  it('leaves no context when its node was removed by hand', async () => {
    await ensureCluster(tools);
    writeFileSync(file('clusters'), 'other\n');
    await removeAll();
    expect(read('contexts')).toBe('kind-other\nproduction');
    expect(read('current')).toBe('production');
  });

  it('does not take back the context that somebody has chosen meanwhile', async () => {
    await ensureCluster(tools);
    writeFileSync(file('current'), 'kind-other');
    await ensureCluster(tools);
    expect(read('current')).toBe('kind-other');
    await removeAll();
    expect(read('current')).toBe('kind-other');
  });

  it.each([
    ['was there before', () => writeFileSync(file('network'), '')],
    ['has another cluster on it', () => containers.set('other-control-plane', { onNetwork: true })],
  ])('leaves the network of kind when it %s', async (_, prepare) => {
    prepare();
    await ensureCluster(tools);
    await removeAll();
    expect(existsSync(file('network'))).toBe(true);
  });

  it('is left alone when another checkout has made it', async () => {
    writeFileSync(file('clusters'), 'other\nticketing\n');
    containers.set(node, { onNetwork: true });
    await expect(ensureCluster(tools)).rejects.toThrow('npm run kind:up did not make here');
    await expect(removeAll()).rejects.toThrow('npm run kind:up did not make here');
    expect(calls()).not.toContain('delete cluster');
  });

  it('keeps its node, and says so when another is asked for', async () => {
    await ensureCluster(tools, 'kindest/node:v1.37.0');
    await ensureCluster(tools, 'kindest/node:v1.37.0');
    await expect(ensureCluster(tools, 'kindest/node:v1.36.4')).rejects.toThrow('is kindest/node:v1.37.0, not kindest/node:v1.36.4');
  });
});
