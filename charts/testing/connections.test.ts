import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { repositoryRoot } from '../../deploy/local/profile.ts';
import { databaseOwners } from '../../deploy/local/services.ts';
import { namesOf } from './product-chart.ts';
import { type ChartName, chartProblem, renderChart } from './render-chart.ts';

const valuesSchema = z.looseObject({ mysql: z.looseObject({ maxConnections: z.number() }) });
const maxConnectionsOf = (chart: ChartName): number =>
  valuesSchema.parse(parse(readFileSync(`${repositoryRoot}charts/${chart}/values.yaml`, 'utf8'))).mysql.maxConnections;

/** Four services with databases; a rollout adds two pods to those that there may be. */
const cases: [string, object, number][] = [
  ['the pods that autoscaling may make', { serviceDefaults: { poolSize: 9, autoscaling: { maxReplicas: 8 } } }, 20 + 4 * 10 * 10],
  [
    'the pods that there are without it',
    { serviceDefaults: { poolSize: 9, replicas: 3, autoscaling: { enabled: false, maxReplicas: 900 } } },
    20 + 4 * 5 * 10,
  ],
  [
    'what one service says for itself, and none without a database',
    {
      serviceDefaults: { poolSize: 9, autoscaling: { maxReplicas: 8 } },
      services: { payment: { poolSize: 19, autoscaling: { maxReplicas: 18 } }, gateway: { autoscaling: { maxReplicas: 1000 } } },
    },
    20 + 3 * 10 * 10 + 20 * 20,
  ],
];

describe('connections to MySQL', () => {
  it.each(cases)('are counted by %s', async (_what, values, needed) => {
    const rendered = await renderChart('ticketing', { values: { ...values, mysql: { maxConnections: needed } } });
    expect(namesOf(rendered, 'Deployment')).toEqual(expect.arrayContaining([...databaseOwners]));
    const problem = await chartProblem('ticketing', { ...values, mysql: { maxConnections: needed - 1 } });
    expect(problem).toContain(`the pods could ask MySQL for ${needed} connections, and mysql.maxConnections is ${needed - 1}: `);
    expect(problem).toContain('Lower poolSize or autoscaling.maxReplicas of services, or raise max_connections of the server');
  });

  it('are as many in both charts, and enough for the usual values', async () => {
    expect(maxConnectionsOf('ticketing')).toBe(maxConnectionsOf('ticketing-infra'));
    expect(await chartProblem('ticketing', { serviceDefaults: { poolSize: 20 } })).toContain('concert 8 pods of 21, payment 8 pods of 21');
    expect((await renderChart('ticketing')).length).toBeGreaterThan(0);
  });
});
