import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { controllerManifest } from '../../deploy/kind/install-traefik.ts';
import { repositoryRoot } from '../../deploy/local/profile.ts';
import type { Container, PodTemplate } from './pod-templates.ts';
import { podOf, podsOf } from './product-chart.ts';
import { type ChartName, type Manifest, parseManifests, renderChart } from './render-chart.ts';

interface Requests {
  /** In thousandths of a core. */
  readonly cpu: number;
  /** In MiB. */
  readonly memory: number;
}

/** What Docker Desktop and the like have for all containers, less what the kubelet keeps: kind's evictionHard leaves it at 100 MiB. */
const engine: Requests = { cpu: 2000, memory: 8e9 / 2 ** 20 - 100 };
/** The builder of the images runs beside the cluster. */
const keptForBuildsMib = 1024;

/** What kubeadm and kind ask for on a node: API server, controller manager, scheduler and etcd; two CoreDNS; kindnet. */
const controlPlane: Requests[] = [
  { cpu: 250, memory: 0 },
  { cpu: 200, memory: 0 },
  { cpu: 100, memory: 0 },
  { cpu: 100, memory: 100 },
  { cpu: 100, memory: 70 },
  { cpu: 100, memory: 70 },
  { cpu: 100, memory: 50 },
];

function sum(all: readonly Requests[]): Requests {
  return all.reduce((total, { cpu, memory }) => ({ cpu: total.cpu + cpu, memory: total.memory + memory }), { cpu: 0, memory: 0 });
}

function times(count: number, { cpu, memory }: Requests): Requests {
  return { cpu: count * cpu, memory: count * memory };
}

/** @throws Error when one of them is not said: nothing keeps such a pod from being put on a node that is full */
function parseRequests(requests: Readonly<Record<string, string>> = {}): Requests {
  const cpu = /^(\d+)m$/.exec(requests['cpu'] ?? '')?.[1];
  const [, memory, unit] = /^(\d+)(Mi|Gi)$/.exec(requests['memory'] ?? '') ?? [];
  if (cpu === undefined || memory === undefined) throw new Error(`no requests in m and Mi: ${JSON.stringify(requests)}`);
  return { cpu: Number(cpu), memory: Number(memory) * (unit === 'Gi' ? 1024 : 1) };
}

function ofContainers(containers: readonly Container[]): Requests {
  return sum(containers.map(({ resources }) => parseRequests(resources?.requests)));
}

/** With the sidecar that Dapr will add. */
function ofPod({ metadata: { annotations }, spec }: PodTemplate): Requests {
  const own = ofContainers(spec.containers);
  const first = spec.initContainers.map((container) => ofContainers([container]));
  const cpu = Math.max(own.cpu, ...first.map((requests) => requests.cpu));
  const memory = Math.max(own.memory, ...first.map((requests) => requests.memory));
  if (annotations['dapr.io/enabled'] !== 'true') return { cpu, memory };
  const sidecar = { cpu: annotations['dapr.io/sidecar-cpu-request'] ?? '', memory: annotations['dapr.io/sidecar-memory-request'] ?? '' };
  return sum([{ cpu, memory }, parseRequests(sidecar)]);
}

const scale = z.looseObject({
  replicas: z.number().default(1),
  strategy: z.object({ rollingUpdate: z.object({ maxSurge: z.number(), maxUnavailable: z.number() }) }).optional(),
});

/** Jobs are done before services are replaced, or begin after that: a chart's hooks, and the Job that makes topics. */
type Phase = 'all Jobs run' | 'all services are replaced';

function ofChart(manifests: readonly Manifest[], phase: Phase): Requests {
  return sum(
    podsOf(manifests).map(({ maker, template }) => {
      const { replicas, strategy } = scale.parse(maker.spec);
      if (phase === 'all Jobs run') return times(replicas, ofPod(template));
      return times(maker.kind === 'Job' ? 0 : replicas + (strategy?.rollingUpdate.maxSurge ?? 0), ofPod(template));
    }),
  );
}

function readValues(file: string): Record<string, unknown> {
  return z.record(z.string(), z.unknown()).parse(parse(readFileSync(`${repositoryRoot}deploy/kind/${file}`, 'utf8')));
}

function render(chart: ChartName, file: string): Promise<Manifest[]> {
  return renderChart(chart, { values: readValues(file) });
}

const part = z.looseObject({ resources: z.object({ requests: z.record(z.string(), z.string()) }) });

function ofParts(file: string, names: readonly string[]): Requests[] {
  const values = readValues(file);
  return names.map((name) => parseRequests(part.parse(values[name]).resources.requests));
}

describe('what npm run kind:up installs', () => {
  it.each<Phase>(['all Jobs run', 'all services are replaced'])('fits into an engine of 2 cores and 8 GB while %s', async (phase) => {
    const { cpu, memory } = sum([
      ...controlPlane,
      ofPod(podOf(parseManifests(controllerManifest('traefik')), 'Deployment', 'traefik')),
      ...ofParts('dapr-values.yaml', ['dapr_operator', 'dapr_sentry', 'dapr_sidecar_injector']),
      ofChart(await render('ticketing-infra', 'infra-values.yaml'), phase),
      ofChart(await render('ticketing', 'values.yaml'), phase),
    ]);
    expect(cpu).toBeLessThanOrEqual(engine.cpu);
    expect(memory).toBeLessThanOrEqual(engine.memory - keptForBuildsMib);
  });
});
