import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { pollUntil } from '@ticketing/common/poll-until';
import { namespaces, openTestCluster, release, type TestCluster } from './cluster-target.ts';

const patienceMs = 120_000;
let cluster: TestCluster;
beforeAll(() => {
  cluster = openTestCluster();
});
afterAll(() => cluster.close());

/** Everything of the namespace but what Kubernetes puts into each, and what was made before the installation; and what is in none. */
async function remains(): Promise<string[]> {
  const kinds = (await cluster.kubectl(['api-resources', '--namespaced', '--verbs=list', '--output=name'])).trim().split('\n');
  const wanted = kinds.filter((kind) => !/^(events|endpoints|endpointslices\.|bindings|pods\.metrics)/.test(kind));
  const listed = await cluster.kubectl(['get', wanted.join(','), '--namespace', namespaces.first, '--ignore-not-found', '--output=name']);
  const given = /^(configmap\/kube-root-ca\.crt|serviceaccount\/default|secret\/(ticketing-secrets|[a-z]+-(dapr|app)-api-token))$/;
  const policies = await cluster.kubectl(['get', 'validatingadmissionpolicy,validatingadmissionpolicybinding', '--output=name']);
  const own = policies.split('\n').filter((name) => name.includes(`/${namespaces.first}-${release}-`));
  return [...listed.split('\n').filter((name) => name !== '' && !given.test(name)), ...own];
}

it('an uninstalled release leaves nothing behind', async () => {
  expect((await remains()).length).toBeGreaterThan(40);
  await cluster.helm('uninstall', release, '--namespace', namespaces.first, '--wait', '--timeout', '3m');
  const left = await pollUntil(async () => ((await remains()).length === 0 ? [] : undefined), patienceMs);
  expect(left ?? (await remains())).toEqual([]);
}, 300_000);
