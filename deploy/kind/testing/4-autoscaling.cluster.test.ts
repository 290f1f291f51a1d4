import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pollUntil } from '@ticketing/common/poll-until';
import { namespaces, openTestCluster, type TestCluster, upgradeRelease } from './cluster-target.ts';

const namespace = namespaces.first;
const patienceMs = 300_000;
const readers = 8;

let cluster: TestCluster;
beforeAll(() => {
  cluster = openTestCluster();
});
afterAll(() => cluster.close());

async function readyReplicas(): Promise<number> {
  const args = ['get', 'deployment', 'gateway', '--namespace', namespace, '--output', 'jsonpath={.status.readyReplicas}'];
  return Number(await cluster.kubectl(args));
}

function waitForReplicas(fits: (replicas: number) => boolean): Promise<number | undefined> {
  return pollUntil(async () => {
    const replicas = await readyReplicas();
    return fits(replicas) ? replicas : undefined;
  }, patienceMs);
}

/** People who look at the catalogue without a pause. */
function startReading(): { stop: () => Promise<void> } {
  let stopping = false;
  const read = async (): Promise<void> => {
    while (!stopping) await cluster.api.sendPatiently('GET', '/concerts?limit=20');
  };
  const running = Promise.all(Array.from({ length: readers }, read));
  return {
    stop: async () => {
      stopping = true;
      await running;
    },
  };
}

describe('the autoscaler', () => {
  it('adds pods under load and takes them back afterwards', async () => {
    const autoscaling = ['enabled=true', 'minReplicas=1', 'maxReplicas=2', 'cpuPercent=100', 'scaleDownSeconds=15'];
    const tag = `image.tag=${cluster.images.nextTag}`;
    await upgradeRelease(cluster.helm, namespace, tag, ...autoscaling.map((setting) => `services.gateway.autoscaling.${setting}`));
    expect(await waitForReplicas((replicas) => replicas === 1)).toBe(1);
    const reading = startReading();
    try {
      expect(await waitForReplicas((replicas) => replicas > 1)).toBe(2);
    } finally {
      await reading.stop();
    }
    expect(await waitForReplicas((replicas) => replicas === 1)).toBe(1);
  }, 900_000);
});
