import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pollUntil } from '@ticketing/common/poll-until';
import { formatFindings, isClean } from '@ticketing/common/witness/run-witness';
import { prepareSale, type Sale } from '../../local/demo/prepare-sale.ts';
import { serviceNames } from '../../local/services.ts';
import { runWitness } from '../../local/witness/stack-books.ts';
import { type BuyingLoad, startBuying } from './buying-load.ts';
import { namespaces, openTestCluster, type TestCluster, upgradeRelease } from './cluster-target.ts';
import { servicePods } from './pods.ts';

const lines = 3;
const purchasesAround = 3;
const patienceMs = 240_000;
const namespace = namespaces.first;

let cluster: TestCluster;
let sale: Sale;
beforeAll(async () => {
  cluster = openTestCluster();
  sale = await prepareSale(cluster.api, cluster.stack, { seats: 2_000, capacity: 1_000 });
}, 120_000);
afterAll(() => cluster.close());

/** Waits until more people have bought, so that a disturbance has buyers before and after it. */
async function moreBought(load: BuyingLoad): Promise<void> {
  const wanted = load.completed() + purchasesAround;
  const reached = await pollUntil(() => Promise.resolve(load.completed() >= wanted ? true : undefined), patienceMs);
  if (!reached) throw new Error(`only ${load.completed()} of ${wanted} purchases after ${patienceMs / 1_000} s`);
}

/** Disturbs the shop while people buy; nobody may notice more than a wait. */
async function disturb(disturbance: () => Promise<void>): Promise<void> {
  const load = startBuying(cluster.api, sale, lines);
  try {
    await moreBought(load);
    await disturbance();
    await moreBought(load);
  } finally {
    const { completed, failed } = await load.stop();
    process.stdout.write(`      ${completed} purchases, ${failed.length} failed\n`);
    expect(failed).toEqual([]);
  }
  const findings = await runWitness(cluster.stack);
  if (!isClean(findings)) throw new Error(`the witness objects:\n${formatFindings(findings)}`);
}

function rolledOut(service: string): Promise<string> {
  return cluster.kubectl(['rollout', 'status', `deployment/${service}`, '--namespace', namespace, '--timeout=300s']);
}

describe('while people buy', () => {
  it('the release is upgraded to another version', async () => {
    await disturb(() => upgradeRelease(cluster.helm, namespace, `image.tag=${cluster.images.nextTag}`));
    const images = await cluster.kubectl([
      'get',
      'pods',
      '--namespace',
      namespace,
      '--output',
      'jsonpath={.items[*].spec.containers[*].image}',
    ]);
    expect(images).toContain(`gateway:${cluster.images.nextTag}`);
  }, 900_000);

  it('every deployment is restarted', async () => {
    await disturb(async () => {
      await cluster.kubectl(['rollout', 'restart', 'deployment', '--namespace', namespace]);
      for (const service of serviceNames) await rolledOut(service);
    });
  }, 900_000);

  it.each(serviceNames)(
    'a pod of %s is killed',
    async (service) => {
      await disturb(async () => {
        const [pod] = await servicePods(cluster.kubectl, namespace, service);
        await cluster.kubectl(['delete', 'pod', '--namespace', namespace, '--force', '--grace-period=0', pod!.metadata.name]);
        await rolledOut(service);
      });
    },
    900_000,
  );
});
