import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { profileFolders } from '../local/profile.ts';
import { Progress } from '../local/progress.ts';
import { type Helm, installDapr } from './install-charts.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/ticketing-charts-`);
  writeFileSync(`${folder}/helm`, `#!/bin/sh\necho "helm $1 $2 $3" >> ${folder}/calls\n`, { mode: 0o755 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Installs Dapr on that cluster. @returns what Helm and kubectl were asked for, in turn */
async function install(kubeContext: string): Promise<string[]> {
  const calls = `${folder}/calls`;
  const kubectl = (args: string[]): Promise<string> => {
    writeFileSync(calls, `kubectl ${args.join(' ')}\n`, { flag: 'a' });
    return Promise.resolve('');
  };
  const folders = { ...profileFolders('test'), logs: `${folder}/logs` };
  const context = { folders, progress: new Progress({ quiet: true }), signal: new AbortController().signal };
  const helm: Helm = { program: `${folder}/helm`, kubeContext, kubectl, context };
  await installDapr(helm);
  return readFileSync(calls, 'utf8').trim().split('\n');
}

describe('the release of a chart', () => {
  it('is freed of what a Helm has left that was killed in the middle, and installed', async () => {
    expect(await install('kind-ticketing')).toEqual([
      'kubectl delete secrets --namespace dapr-system --selector owner=helm,name=dapr,status in (pending-install,pending-upgrade,pending-rollback)',
      'helm upgrade --install dapr',
    ]);
  });

  it('is kept on a cluster that npm run kind:up did not make: somebody may be at it', async () => {
    expect(await install('kind-other')).toEqual(['helm upgrade --install dapr']);
  });
});
