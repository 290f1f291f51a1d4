import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pollUntil } from '@ticketing/common/poll-until';
import { repositoryRoot } from '../../local/profile.ts';
import { namespaces, openTestCluster, release, type TestCluster, upgradeRelease } from './cluster-target.ts';
import { requestWithin, servicePods } from './pods.ts';

const { first, second } = namespaces;
const patienceMs = 120_000;
const nobody = '00000000-0000-7000-8000-000000000000';
let cluster: TestCluster;
beforeAll(() => {
  cluster = openTestCluster();
});
afterAll(() => cluster.close());

async function restarts(namespace: string): Promise<Record<string, number>> {
  const pods = await servicePods(cluster.kubectl, namespace);
  return Object.fromEntries(pods.map(({ metadata, status }) => [metadata.name, status.containerStatuses[0]?.restartCount ?? -1]));
}

// Told in order: the second release comes, works beside the first, and goes.
describe('a second release in another namespace', () => {
  let before: Record<string, number>;

  it('comes up on databases and brokers of its own in the cluster, and sells a ticket', async () => {
    before = await restarts(first);
    await cluster.helm(
      ...['upgrade', '--install', 'infra', `${repositoryRoot}charts/ticketing-infra`, '--namespace', second],
      ...['--set', 'mysql.persistence.size=1Gi,kafka.persistence.size=1Gi,elasticsearch.persistence.size=1Gi'],
      ...['--set', `elasticsearch.image=${cluster.images.elasticsearch}`, '--wait', '--timeout', '8m'],
    );
    await upgradeRelease(cluster.helm, second);
    expect(await cluster.helm('test', release, '--namespace', second, '--timeout', '5m')).toMatch(/Phase:\s+Succeeded/);
  }, 1_500_000);

  it('is closed to the services of the first', async () => {
    const [pod] = await servicePods(cluster.kubectl, first, 'payment');
    const call = (appId: string) =>
      requestWithin(cluster.kubectl, first, pod!.metadata.name, {
        url: 'http://127.0.0.1:3500/ticketing.reservation.v1.ReservationService/GetReservation',
        method: 'POST',
        headers: { 'dapr-app-id': appId, 'content-type': 'application/json', 'connect-protocol-version': '1' },
        body: JSON.stringify({ userId: nobody, reservationId: nobody }),
        asOwner: true,
      });
    expect((await call('reservation')).status).toBe(200);
    expect((await call(`reservation.${second}`)).status).toBe(403);
  }, 120_000);

  it('leaves nothing but its volumes when it is uninstalled, and the first as it was', async () => {
    await cluster.helm('uninstall', release, '--namespace', second, '--wait', '--timeout', '3m');
    await cluster.helm('uninstall', 'infra', '--namespace', second, '--wait', '--timeout', '3m');
    const remains = async () => {
      const kinds = 'all,configmap,ingress,networkpolicy,pdb,hpa,job,components.dapr.io,configurations.dapr.io,subscriptions.dapr.io,pvc';
      const listed = await cluster.kubectl(['get', kinds, '--namespace', second, '--ignore-not-found', '--output=name']);
      return listed.split('\n').filter((name) => name !== '' && name !== 'configmap/kube-root-ca.crt');
    };
    const isVolume = (name: string): boolean => name.startsWith('persistentvolumeclaim/');
    const left = await pollUntil(async () => ((await remains()).every(isVolume) ? await remains() : undefined), patienceMs);
    expect((left ?? (await remains())).filter((name) => !isVolume(name))).toEqual([]);
    expect(left?.length).toBe(4);
    expect(await restarts(first)).toEqual(before);
    expect(await cluster.helm('test', release, '--namespace', first, '--timeout', '5m')).toMatch(/Phase:\s+Succeeded/);
  }, 600_000);
});
