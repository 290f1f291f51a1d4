import { pollUntil } from '@ticketing/common/poll-until';
import { z } from 'zod';
import { ApiClient } from '../local/client/api-client.ts';
import { readMetric } from '../local/client/read-metric.ts';
import { restartProcess, startProcess, stopProcess } from '../local/control.ts';
import { seed } from '../local/seed.ts';
import type { InstanceDescription, StackDescription } from '../local/stack-description.ts';
import { StepFailure } from '../local/step-failure.ts';
import type { Bench } from './bench-definition.ts';
import { sentFrom } from './sender.ts';
import { quantile } from './statistics.ts';

const rounds = 4;
const connections = 8;
const largestRatio = 2;
const words = ['아이유', 'bts', 'jazz', '서울', '클래식', 'coldplay', '투어', '리사이틀', 'tokyo', 'ㅇㅇㅇ', '콘서트', '피아노'];
const pageSizes = Array.from({ length: 40 }, (_, index) => index + 1);
// A page is remembered for a second, and one of another size is another page: so no answer is one that was given before.
const paths = pageSizes.flatMap((size) => words.map((word) => `/concerts?q=${encodeURIComponent(word)}&limit=${size}`));

/** Searches by SQL behind an open circuit breaker, beside searches by SQL of an instance that does not try Elasticsearch. */
export const degradedBench: Bench = {
  summary: 'searches without Elasticsearch: behind the open circuit breaker, beside an instance that never asks it',
  instances: { concert: 2 },
  run: compareSearches,
};

const page = z.object({ degraded: z.literal(true) });

async function compareSearches(stack: StackDescription): Promise<void> {
  const [broken, plain] = stack.instances.filter(({ service }) => service === 'concert');
  if (!broken || !plain) throw new StepFailure('two concert services are needed');
  await seed(stack);
  await restartProcess(stack.profile, plain.name, { SEARCH_INDEX: 'off' });
  const api = new ApiClient(stack.gatewayUrl, { connections });
  try {
    await waitForIndex(api);
    await stopProcess(stack.profile, 'elasticsearch', 'SIGKILL');
    const times = { broken: [] as number[], plain: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      await letServe(stack, api, broken, plain);
      await openBreaker(api, broken);
      times.broken.push(...(await searchAll(api, broken)));
      await letServe(stack, api, plain, broken);
      times.plain.push(...(await searchAll(api, plain)));
    }
    report(times);
  } finally {
    await api.close();
  }
}

async function waitForIndex(api: ApiClient): Promise<void> {
  const answers = z.object({ degraded: z.boolean(), items: z.array(z.unknown()).min(1) });
  const found = await pollUntil(async () => {
    const seen = await api.call(z.unknown(), 'GET', `/concerts?q=jazz&limit=${1 + Math.floor(Math.random() * 99)}`);
    return answers.safeParse(seen).data?.degraded === false ? true : undefined;
  }, 60_000);
  if (!found) throw new StepFailure('the search index does not answer', { fix: 'look into the log of concert-1' });
}

/** Leaves one instance to answer: only who has a sidecar is called. */
async function letServe(stack: StackDescription, api: ApiClient, wanted: InstanceDescription, other: InstanceDescription): Promise<void> {
  await startProcess(stack.profile, wanted.sidecar);
  await stopProcess(stack.profile, other.sidecar);
  let inTurn = 0;
  const settled = await pollUntil(async () => {
    inTurn = (await api.send('GET', '/concerts?q=tokyo&limit=41', { headers: sentFrom(inTurn) })).status === 200 ? inTurn + 1 : 0;
    return inTurn >= 20 ? true : undefined;
  }, 60_000);
  if (!settled) throw new StepFailure(`${wanted.name} does not answer alone`);
}

async function openBreaker(api: ApiClient, { daprMetricsPort }: InstanceDescription): Promise<void> {
  let size = 50;
  const open = await pollUntil(async () => {
    size = size === 99 ? 50 : size + 1;
    await api.send('GET', `/concerts?q=tokyo&limit=${size}`, { headers: sentFrom(size) });
    const state = await readMetric(daprMetricsPort, 'dapr_resiliency_cb_state', { target: 'app_elasticsearch', status: 'open' });
    return state === 1 ? true : undefined;
  }, 30_000);
  if (!open) throw new StepFailure('the circuit breaker does not open');
}

/** @returns milliseconds per search */
async function searchAll(api: ApiClient, { appPort, name }: InstanceDescription): Promise<number[]> {
  const answered = (): Promise<number> => readMetric(appPort, 'ticketing_searches_total', { source: 'catalogue' });
  const before = await answered();
  const times: number[] = [];
  let next = 0;
  const some = async (): Promise<void> => {
    for (let path = paths[next++]; path !== undefined; path = paths[next++]) {
      const started = performance.now();
      const reply = await api.send('GET', path, { headers: sentFrom(next) });
      times.push(performance.now() - started);
      if (reply.status !== 200 || !page.safeParse(reply.body).success)
        throw new StepFailure(`${path}: ${reply.status} ${JSON.stringify(reply.body).slice(0, 200)}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, some));
  const count = (await answered()) - before;
  if (count !== paths.length) throw new StepFailure(`${name} has searched ${count} times, not ${paths.length}`);
  return times;
}

function report({ broken, plain }: { broken: number[]; plain: number[] }): void {
  const row = (name: string, times: number[]): string =>
    [
      name.padEnd(38),
      String(times.length).padStart(10),
      ...[0.5, 0.95].map((share) => quantile(times, share).toFixed(1).padStart(10)),
    ].join('');
  const ratio = quantile(broken, 0.95) / quantile(plain, 0.95);
  const lines = [
    `${rounds} rounds in turn, ${connections} connections, ${paths.length} different searches a round, through the gateway.`,
    ['searches'.padEnd(38), 'answers'.padStart(10), 'p50 ms'.padStart(10), 'p95 ms'.padStart(10)].join(''),
    row('behind the open circuit breaker', broken),
    row('SQL alone (SEARCH_INDEX=off)', plain),
    `p95 behind the breaker is ${ratio.toFixed(2)} times that of SQL alone; at most ${largestRatio} is allowed`,
  ];
  process.stdout.write(`\n${lines.join('\n')}\n`);
  if (ratio > largestRatio) throw new StepFailure('the way round a broken Elasticsearch costs too much');
}
