import { describe, expect, it } from '@jest/globals';
import { clusterState, differences } from './cluster-state.ts';

const pod = (container: string, uid = 'a') => ({
  kind: 'Pod',
  metadata: { name: 'user', namespace: 'shop', uid, resourceVersion: '1' },
  status: { initContainerStatuses: [{ containerID: container }], containerStatuses: [{ containerID: 'service' }] },
});
const deployment = (generation: number) => ({
  kind: 'Deployment',
  metadata: { name: 'user', namespace: 'shop', uid: 'a', generation, resourceVersion: '1' },
});
const secret = (resourceVersion: string, type = 'Opaque') => ({
  kind: 'Secret',
  type,
  metadata: { name: 'keys', namespace: 'shop', uid: 'a', resourceVersion },
});
const job = { kind: 'Job', metadata: { name: 'seed', namespace: 'shop', uid: 'a', resourceVersion: '1' } };

function stateOf(...items: readonly object[]): Promise<Map<string, string>> {
  return clusterState(() => Promise.resolve(JSON.stringify({ items })));
}

describe('the state of a cluster', () => {
  it.each([
    ['a sidecar that has started again', [pod('1')], [pod('2')], ['Pod shop/user']],
    ['a pod that was replaced', [pod('1')], [pod('1', 'b')], ['Pod shop/user']],
    ['a workload that is to be different', [deployment(1)], [deployment(2)], ['Deployment shop/user']],
    ['a secret with other contents', [secret('1')], [secret('2')], ['Secret shop/keys']],
    ['what has gone', [pod('1'), deployment(1)], [pod('1')], ['Deployment shop/user']],
    ['what has come', [pod('1')], [pod('1'), deployment(1)], ['Deployment shop/user']],
  ])('shows %s', async (_, before, after, changed) => {
    expect(differences(await stateOf(...before), await stateOf(...after))).toEqual(changed);
  });

  it('is the same where Helm has upgraded to what was there', async () => {
    const upgraded = { ...pod('3'), metadata: { ...pod('3').metadata, name: 'seed-x', ownerReferences: [{ kind: 'Job' }] } };
    const after = await stateOf(pod('1'), upgraded, job, secret('2', 'helm.sh/release.v1'));
    expect(differences(await stateOf(pod('1')), after)).toEqual([]);
  });
});
