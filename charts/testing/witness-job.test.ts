import { beforeAll, describe, expect, it } from '@jest/globals';
import { isAllowed } from './network-policies.ts';
import { restrictedProblems } from './pod-security.ts';
import { onlyContainer, podOf, podsOf } from './product-chart.ts';
import { chartProblem, type Manifest, renderChart } from './render-chart.ts';

let manifests: Manifest[];
beforeAll(async () => {
  manifests = await renderChart('ticketing', { values: { witness: { enabled: true } } });
});

function witness(kind: string): Manifest {
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === 'ticketing-witness');
  if (!found) throw new Error(`no ${kind}`);
  return found;
}

describe('the scheduled witness', () => {
  it('is there only when it is wanted', async () => {
    const plain = await renderChart('ticketing');
    expect(plain.filter(({ metadata }) => metadata.name.includes('witness'))).toEqual([]);
  });

  it('runs once in a while, one at a time, and fails when it finds something', () => {
    expect(witness('CronJob').spec).toMatchObject({
      schedule: '17 * * * *',
      concurrencyPolicy: 'Forbid',
      jobTemplate: { spec: { backoffLimit: 0 } },
    });
  });

  it('is as restricted as every pod, and is told where to look', () => {
    const template = podOf(manifests, 'CronJob', 'ticketing-witness');
    expect(restrictedProblems(template.spec)).toEqual([]);
    expect(onlyContainer(template)).toMatchObject({
      command: ['node', '../common/dist/witness/recount-once.js'],
      env: expect.arrayContaining([
        { name: 'WITNESS_DB_HOST', value: 'infra-mysql' },
        { name: 'WITNESS_DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'ticketing-secrets', key: 'witness-db-password' } } },
      ]),
    });
  });

  it('gets to all that it looks into, from where each lets it in', async () => {
    const infra = await renderChart('ticketing-infra');
    const all = [...manifests, ...infra];
    const { labels } = podOf(manifests, 'CronJob', 'ticketing-witness').metadata;
    const reached = [
      ['mysql', 3306],
      ['redis', 6379],
      ['elasticsearch', 9200],
      ['kafka', 9092],
    ].filter(([name, port]) => {
      const target = podsOf(infra).find(({ maker }) => maker.metadata.name === `infra-${name}`)?.template.metadata.labels ?? {};
      return isAllowed(all, { namespace: 'ticketing', labels }, { namespace: 'ticketing', labels: target }, Number(port));
    });
    expect(reached.map(([name]) => name)).toEqual(['mysql', 'redis', 'elasticsearch']);
  });

  it('needs a schedule', async () => {
    expect(await chartProblem('ticketing', { witness: { enabled: true, schedule: '' } })).toMatch(/schedule/);
  });
});
