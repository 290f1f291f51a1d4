import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { repositoryRoot } from '../../deploy/local/profile.ts';
import { podsOf } from './product-chart.ts';
import { type ChartName, chartProblem, renderChart } from './render-chart.ts';

const schema = z.looseObject({ definitions: z.record(z.string(), z.unknown()) });
const definitionsOf = (chart: ChartName) =>
  schema.parse(JSON.parse(readFileSync(`${repositoryRoot}charts/${chart}/values.schema.json`, 'utf8'))).definitions;

const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const zones = { nodeSelectorTerms: [{ matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['a', 'b'] }] }] };
const forAll = {
  nodeSelector: { pool: 'sale' },
  tolerations: [{ key: 'sale', operator: 'Exists', effect: 'NoSchedule' }],
  affinity: { nodeAffinity: { [required]: zones } },
  priorityClassName: 'high',
  annotations: { 'example/owner': 'tickets' },
  labels: { team: 'tickets' },
};
const own = {
  nodeSelector: { disk: 'ssd' },
  tolerations: [],
  priorityClassName: 'highest',
  annotations: { 'example/reload': 'true' },
  labels: { team: 'money' },
};

/** Those of one service or part, with what belongs to it, and all others. */
async function placementOf(chart: ChartName, values: object, isOwn: (name: string) => boolean) {
  const pods = podsOf(await renderChart(chart, { values })).map(({ maker, template: { metadata, spec } }) => {
    const { nodeSelector, tolerations, affinity, priorityClassName } = spec;
    const placement = { nodeSelector, tolerations, affinity, priorityClassName };
    return { name: metadata.labels['app.kubernetes.io/name'] ?? '', kind: maker.kind, placement, metadata };
  });
  return { own: pods.filter(({ name }) => isOwn(name)), others: pods.filter(({ name }) => !isOwn(name)) };
}

const product = {
  serviceDefaults: { pod: forAll },
  services: { payment: { pod: own } },
  seed: { enabled: true, password: 'for everybody' },
  witness: { enabled: true },
};
const cases = [
  ['ticketing', 'payment', product, ['CronJob', 'Deployment', 'Job']],
  ['ticketing-infra', 'kafka', { pod: forAll, kafka: { pod: own } }, ['Job', 'StatefulSet']],
] as const;

describe.each(cases)('pods of %s', (chart, name, values, kinds) => {
  const isOwn = (label: string): boolean => label.startsWith(name);

  it('run where they may, its Jobs as well', async () => {
    const placement = await placementOf(chart, values, isOwn);
    const { nodeSelector, tolerations, affinity, priorityClassName } = forAll;
    expect(placement.others.length).toBeGreaterThan(2);
    for (const other of placement.others) expect(other.placement).toEqual({ nodeSelector, tolerations, affinity, priorityClassName });
    expect([...new Set(placement.own.map(({ kind }) => kind))].sort()).toEqual(kinds);
    for (const pod of placement.own) {
      const nodes = { pool: 'sale', disk: 'ssd' };
      expect(pod.placement).toEqual({ nodeSelector: nodes, tolerations: undefined, affinity, priorityClassName: 'highest' });
    }
  });

  it('have labels and annotations beside those of the chart', async () => {
    const placement = await placementOf(chart, values, isOwn);
    for (const { metadata } of placement.others) {
      expect(metadata).toMatchObject({ labels: { team: 'tickets' }, annotations: forAll.annotations });
    }
    for (const { metadata } of placement.own) {
      expect(metadata).toMatchObject({ labels: { team: 'money' }, annotations: { ...forAll.annotations, ...own.annotations } });
    }
  });

  it('run anywhere unless it is said', async () => {
    const nowhere = { nodeSelector: undefined, tolerations: undefined, affinity: undefined, priorityClassName: undefined };
    for (const { placement } of (await placementOf(chart, {}, isOwn)).others) expect(placement).toEqual(nowhere);
  });

  it.each([
    [{ nodeSelector: { pool: 1 } }, /pod.nodeSelector.pool/],
    [{ tolerations: [{ key: 'sale', effects: 'NoSchedule' }] }, /pod.tolerations.0.*'effects'/],
    [{ affinity: { nodeAffinty: {} } }, /pod.affinity.*'nodeAffinty'/],
    [{ affinity: { nodeAffinity: { [required]: { terms: [] } } } }, /nodeSelectorTerms/],
    [{ affinity: { podAntiAffinity: { [required]: [{ labelSelector: {} }] } } }, /topologyKey/],
    [{ priorityClassName: 'Very High' }, /pod.priorityClassName/],
    [{ annotations: { 'dapr.io/app-id': 'other' } }, /pod.annotations.dapr.io/],
    [{ annotations: { 'helm.sh/hook': 'test' } }, /pod.annotations.helm.sh/],
    [{ labels: { 'app.kubernetes.io/name': 'other' } }, /pod.labels.app.kubernetes.io/],
    [{ labels: { team: 'tickets and more' } }, /pod.labels.team/],
    [{ runtimeClassName: 'fast' }, /pod.*'runtimeClassName'/],
  ])('refuse %j', async (pod, reason) => {
    const everywhere = chart === 'ticketing' ? { serviceDefaults: { pod } } : { pod };
    const one = chart === 'ticketing' ? { services: { payment: { pod } } } : { kafka: { pod } };
    expect(await chartProblem(chart, everywhere)).toMatch(reason);
    expect(await chartProblem(chart, one)).toMatch(reason);
  });
});

describe('the two charts', () => {
  it('mean the same by the same name in their schemas', () => {
    const [ours, theirs] = [definitionsOf('ticketing'), definitionsOf('ticketing-infra')];
    const shared = [
      'pod',
      'nodeAffinity',
      'nodeSelectorTerm',
      'podAffinity',
      'podAffinityTerm',
      'labelSelector',
      'requirements',
      'weight',
      'dns',
      'cidr',
    ];
    for (const name of shared) expect([name, ours[name]]).toEqual([name, theirs[name]]);
    expect(shared.filter((name) => ours[name] === undefined)).toEqual([]);
  });
});
