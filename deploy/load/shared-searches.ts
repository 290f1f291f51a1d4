import { pollUntil } from '@ticketing/common/poll-until';
import { z } from 'zod';
import { readMetric } from '../local/client/read-metric.ts';
import { restartProcess } from '../local/control.ts';
import type { InstanceDescription, StackDescription } from '../local/stack-description.ts';
import { StepFailure } from '../local/step-failure.ts';
import { type CpuByProcess, cpuBetween, cpuByProcess, servingCpu } from './cpu-time.ts';
import { formatShares } from './format-rows.ts';
import { differentSearches } from './search-words.ts';
import { quantile } from './statistics.ts';

// What was found is shared for three seconds, so the second instance is asked soon after the first.
const batches = 10;
const batchSize = 20;
const atOnce = 4;
const warmUp = 150;

interface Asked {
  times: number[];
  /** CPU seconds. */
  cpu: Map<string, number>;
}

const answer = z.object({ page: z.object({ degraded: z.boolean().default(false) }) });

/** The same searches, first asked of one instance of the concert service and then of another one. @returns lines of a table in Markdown */
export async function compareSearches(stack: StackDescription): Promise<string[]> {
  const instances = stack.instances.filter(({ service }) => service === 'concert');
  const [one, other] = instances;
  if (!one || !other) throw new StepFailure('two concert services are needed');
  const searches = differentSearches();
  const lines = ['| second level | asked of | p50 | p95 | CPU | of it |', '|---|---|---|---|---|---|'];
  for (const sharing of ['off', 'on']) {
    for (const { name } of instances) await restartProcess(stack.profile, name, { NODE_ENV: 'production', SHARED_CACHE: sharing });
    for (const instance of instances) await waitForIndex(stack, instance);
    const rows: [string, Asked][] = [
      ['one instance', { times: [], cpu: new Map() }],
      ['then of another', { times: [], cpu: new Map() }],
    ];
    for (const instance of instances) await ask(stack, instance, take(searches, warmUp));
    for (let batch = 0; batch < batches; batch += 1) {
      const words = take(searches, batchSize);
      for (const [index, [, asked]] of rows.entries()) await measure(stack, instances[index] ?? one, words, asked);
    }
    const hits = await readMetric(other.appPort, 'ticketing_shared_cache_looks_total', { outcome: 'hit' }).catch(() => 0);
    if (sharing === 'on' && hits < (batches * batchSize) / 2)
      throw new StepFailure(`only ${hits} searches were served by the second level`);
    lines.push(...rows.map(([name, asked]) => row(sharing, name, asked)));
  }
  return lines;
}

function take(searches: Iterator<string>, count: number): string[] {
  return Array.from({ length: count }, () => String(searches.next().value));
}

async function waitForIndex(stack: StackDescription, instance: InstanceDescription): Promise<void> {
  const answers = await pollUntil(async () => {
    const [degraded] = await ask(stack, instance, [`jazz ${performance.now()}`])
      .then(({ degraded: some }) => some)
      .catch(() => [true]);
    return degraded === false ? true : undefined;
  }, 60_000);
  if (!answers) throw new StepFailure(`${instance.name} does not search the index`);
}

async function measure(stack: StackDescription, instance: InstanceDescription, words: string[], asked: Asked): Promise<void> {
  const before = cpuByProcess(stack.profile);
  const { times, degraded } = await ask(stack, instance, words);
  const used: CpuByProcess = cpuBetween(before, cpuByProcess(stack.profile));
  if (degraded.some(Boolean)) throw new StepFailure('the index did not answer every search');
  asked.times.push(...times);
  for (const [name, seconds] of used) asked.cpu.set(name, (asked.cpu.get(name) ?? 0) + seconds);
}

/** Asks an instance at its own port, as its sidecar does. */
async function ask(stack: StackDescription, { url }: InstanceDescription, words: readonly string[]) {
  const [times, degraded]: [number[], boolean[]] = [[], []];
  const left = words.values();
  const some = async (): Promise<void> => {
    for (const q of left) {
      const started = performance.now();
      const response = await fetch(`${url}/ticketing.concert.v1.ConcertService/SearchConcerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'dapr-api-token': stack.appApiToken },
        body: JSON.stringify({ q }),
      });
      degraded.push(answer.parse(await response.json()).page.degraded);
      times.push(performance.now() - started);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, some));
  return { times, degraded };
}

function row(sharing: string, name: string, { times, cpu }: Asked): string {
  const each = new Map([...cpu].map(([part, seconds]) => [part, (seconds * 1_000) / times.length]));
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  const cells = [
    sharing,
    name,
    ms(quantile(times, 0.5)),
    ms(quantile(times, 0.95)),
    ms(servingCpu(each)),
    formatShares(each, (used) => used.toFixed(1)),
  ];
  return `| ${cells.join(' | ')} |`;
}
