import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { profileFolders, repositoryRoot } from '../local/profile.ts';
import { Progress } from '../local/progress.ts';
import { buildKind } from './kind-binary.ts';
import { creation, node } from './kind-cluster.ts';
import { clusterName } from './target.ts';

const buildTimeoutMs = 300_000;
const config = `${repositoryRoot}deploy/kind/cluster.yaml`;

/** A Docker that writes down what it is asked for and starts no container. */
const refusingDocker = `#!/bin/sh
echo "$*" >> "$(dirname "$0")/calls"
case "$1" in
  info) echo '{}' ;;
  network) echo kind ;;
  run) exit 1 ;;
esac
`;

let folder: string;
let kind: string;
beforeAll(async () => {
  const context = { folders: profileFolders('test'), progress: new Progress({ quiet: true }), signal: new AbortController().signal };
  kind = await buildKind(context);
  folder = mkdtempSync(`${tmpdir()}/ticketing-kind-`);
  writeFileSync(`${folder}/docker`, refusingDocker, { mode: 0o755 });
}, buildTimeoutMs);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Lets kind make the cluster as far as it gets. @returns what kind said, and what it asked Docker for */
async function createCluster({
  file = config,
  nodeImage,
}: {
  file?: string;
  nodeImage?: string;
} = {}): Promise<{ said: string; asked: string[] }> {
  writeFileSync(`${folder}/calls`, '');
  const env = { PATH: `${folder}:/usr/bin:/bin`, HOME: folder, KIND_EXPERIMENTAL_PROVIDER: 'docker' };
  const args = [...creation(nodeImage), '--name', clusterName].map((argument) => (argument === config ? file : argument));
  const said = await new Promise<string>((resolve) => execFile(kind, args, { env }, (_error, _stdout, stderr) => resolve(stderr)));
  return { said, asked: readFileSync(`${folder}/calls`, 'utf8').split('\n') };
}

/** The last word of what Docker is asked to run. */
function imageOf(asked: readonly string[]): string | undefined {
  return asked
    .find((call) => call.startsWith('run '))
    ?.split(' ')
    .at(-1);
}

describe('the configuration of the cluster', () => {
  it('is one that kind takes: one node, reached from this machine only', async () => {
    const { asked } = await createCluster();
    const [run = '', ...more] = asked.filter((call) => call.startsWith('run '));
    expect(more).toEqual([]);
    expect(run).toContain(`--name ${node} `);
    const published = [...run.matchAll(/--publish=(\S+)/g)].map(([, mapping]) => mapping);
    expect(published).toEqual(['127.0.0.1:8090:80/TCP', '127.0.0.1:8493:443/TCP', expect.stringMatching(/^127\.0\.0\.1:\d+:6443\/TCP$/)]);
  });

  it('has the node, by its digest, that this kind was released with', async () => {
    const image = imageOf((await createCluster()).asked);
    expect(image).toMatch(/^kindest\/node:v1\.\d+\.\d+@sha256:[0-9a-f]{64}$/);
    const unpinned = `${folder}/unpinned.yaml`;
    writeFileSync(unpinned, readFileSync(config, 'utf8').replace(/^ +image: .*\n/m, ''));
    expect(imageOf((await createCluster({ file: unpinned })).asked)).toBe(image);
  });

  it('gives way to another node that is asked for', async () => {
    expect(imageOf((await createCluster({ nodeImage: 'kindest/node:v1.34.11' })).asked)).toBe('kindest/node:v1.34.11');
  });

  it('would be refused with a field that kind does not know', async () => {
    const broken = `${folder}/broken.yaml`;
    writeFileSync(broken, readFileSync(config, 'utf8').replace('networking:', 'netwroking:'));
    const { said, asked } = await createCluster({ file: broken });
    expect(said).toContain('field netwroking not found');
    expect(asked.filter((call) => call.startsWith('run '))).toEqual([]);
  });

  it('has the name that everything else counts on', () => {
    expect(z.looseObject({ name: z.string() }).parse(parse(readFileSync(config, 'utf8'))).name).toBe(clusterName);
  });
});
