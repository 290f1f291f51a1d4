import { setTimeout as delay } from 'node:timers/promises';
import { pollUntil } from '@ticketing/common/poll-until';
import { ApiClient } from '../local/client/api-client.ts';
import { tokenShape } from '../local/client/shapes.ts';
import { prepareSale } from '../local/demo/prepare-sale.ts';
import { readRecord } from '../local/process-record.ts';
import { seedAccounts } from '../local/seed.ts';
import type { StackDescription } from '../local/stack-description.ts';
import { StepFailure } from '../local/step-failure.ts';
import { atOnce } from './at-once.ts';
import type { Bench } from './bench-definition.ts';
import { type CpuByProcess, cpuBetween, cpuByProcess, loadGenerator } from './cpu-time.ts';
import { createPeople, type Person } from './crowd.ts';
import { eventDelays } from './event-delays.ts';
import { formatShares } from './format-rows.ts';
import { percent } from './idle-share.ts';
import { loadEnvironment } from './load-environment.ts';
import { openFilesLimit, residentMiB } from './memory-use.ts';
import { followLine, type MovingLine } from './moving-line.ts';
import { openPlaceStream, type PlaceStream } from './place-stream.ts';
import { quantile } from './statistics.ts';

const watchers = 10_000;
const opensAtOnce = 64;
const capacity = 50;
/** Of a row. */
const seconds = 40;
const filesBeside = 1_000;
const lookForLastEventMs = 10_000;

/** How people inside go home, so that others are called. */
const loads = [
  { name: 'at rest', people: 0, everyMs: 1_000 },
  { name: '10 people let in every 5 s', people: 10, everyMs: 5_000 },
  { name: '10 people a second let in, one by one', people: 1, everyMs: 100 },
];
const turnsOf = ({ everyMs }: (typeof loads)[number]): number => (seconds * 1_000) / everyMs;
const movers = capacity + loads.reduce((sum, load) => sum + load.people * turnsOf(load), 0);

const limits = { STREAMS: String(watchers), STREAMS_ADDRESS: String(watchers) };

/** People who watch their places by event streams, while those at the head of the line are let in. */
export const streamsBench: Bench = {
  summary: `${watchers.toLocaleString('en')} open streams of places in one gateway while the line moves: memory, CPU, delay of an event`,
  instances: {},
  env: { ...loadEnvironment, gateway: { ...loadEnvironment['gateway'], ...limits } },
  infrastructure: 'native',
  run: measureStreams,
};

interface Watched {
  stack: StackDescription;
  signal: AbortSignal;
  gateway: number;
  line: MovingLine;
  streams: PlaceStream[];
}

interface Row {
  name: string;
  /** The most that was seen, a look a second. */
  residentMiB: number;
  /** Shares of a core. */
  cpu: CpuByProcess;
  eventsPerSecond: number;
  steps: number;
  delays: number[];
}

async function measureStreams(stack: StackDescription, signal: AbortSignal): Promise<void> {
  const gateway = readRecord(stack.profile, 'gateway-1')?.pid;
  if (gateway === undefined) throw new StepFailure('the stack has no gateway');
  assertFilesEnough(gateway);
  await seedAccounts(stack);
  const api = new ApiClient(stack.gatewayUrl);
  const streams: PlaceStream[] = [];
  let line: MovingLine | undefined;
  try {
    const { concertId } = await prepareSale(api, stack, { seats: capacity, capacity });
    const first = await queueUp(api, await createPeople(stack, api, movers), concertId);
    line = await followLine(stack, concertId, first);
    const people = await queueUp(api, await createPeople(stack, api, watchers), concertId);
    const before = residentMiB(gateway);
    await atOnce(opensAtOnce, people, signal, async ({ headers }) => {
      streams.push(await openPlaceStream(stack.gatewayUrl, concertId, headers));
    });
    process.stdout.write(
      `${streams.length} streams are open; the gateway went from ${before.toFixed(0)} to ${residentMiB(gateway).toFixed(0)} MiB\n`,
    );
    const watched: Watched = { stack, signal, gateway, line, streams };
    const rows: Row[] = [];
    for (const load of loads) rows.push(await measureLoad(watched, load));
    report(rows);
  } finally {
    await line?.stop();
    await Promise.all(streams.map(({ close }) => close()));
    await api.close();
  }
}

function assertFilesEnough(gateway: number): void {
  const most = Math.min(openFilesLimit(gateway), openFilesLimit('self'));
  if (most < watchers + filesBeside)
    throw new StepFailure(`a process may have ${most} files open, fewer than there are streams`, { fix: `ulimit -n ${2 * watchers}` });
}

/** Lets people join, all together. @returns them in the order of their places */
async function queueUp(api: ApiClient, people: Person[], concertId: string): Promise<Person[]> {
  const joined = people.map(async (person) => {
    const { token } = person.buyer;
    await api.call(tokenShape, 'POST', '/queue/tokens', { token, body: { concertId } });
    // None is known before the releaser has seen that the sale has begun.
    const position = await pollUntil(async () => {
      const place = await api.call(tokenShape, 'GET', `/queue/tokens/${concertId}`, { token });
      return place.position > 0 ? place.position : undefined;
    }, 30_000);
    if (position === undefined) throw new StepFailure('a person who joined was given no place');
    return { person, position };
  });
  return (await Promise.all(joined)).toSorted((a, b) => a.position - b.position).map(({ person }) => person);
}

async function measureLoad({ stack, signal, gateway, line, streams }: Watched, load: (typeof loads)[number]): Promise<Row> {
  const { name, people, everyMs } = load;
  process.stdout.write(`${name}: ${seconds} s\n`);
  const [from, firstStep] = [performance.now(), line.steps.length];
  const toldBefore = countTold(streams);
  const cpuBefore = cpuByProcess(stack.profile);
  const peak = watchMemory(gateway);
  const elapsedMs = (): number => performance.now() - from;
  for (let turn = 1; turn <= turnsOf(load); turn += 1) {
    await Promise.all([line.letGo(people), delay(Math.max(0, turn * everyMs - elapsedMs()), undefined, { signal })]);
  }
  const took = elapsedMs() / 1_000;
  const cpu = cpuBetween(cpuBefore, cpuByProcess(stack.profile), took);
  const eventsPerSecond = (countTold(streams) - toldBefore) / took;
  const residentAtMost = peak.stop();
  const steps = line.steps.slice(firstStep);
  return { name, residentMiB: residentAtMost, cpu, eventsPerSecond, steps: steps.length, delays: await collectDelays(streams, steps) };
}

function countTold(streams: readonly PlaceStream[]): number {
  return streams.reduce((sum, { told }) => sum + told.length, 0);
}

function watchMemory(pid: number): { stop: () => number } {
  let most = residentMiB(pid);
  const timer = setInterval(() => {
    most = Math.max(most, residentMiB(pid));
  }, 1_000);
  return {
    stop: () => {
      clearInterval(timer);
      return most;
    },
  };
}

/** @throws StepFailure when a stream is over, or has not told every step */
async function collectDelays(streams: readonly PlaceStream[], steps: MovingLine['steps']): Promise<number[]> {
  const last = steps.at(-1)?.serving ?? 0;
  const behind = (): number => streams.filter(({ told }) => (told.at(-1)?.serving ?? 0) < last).length;
  await pollUntil(() => Promise.resolve(behind() === 0 ? true : undefined), lookForLastEventMs);
  const over = streams.flatMap(({ ended }) => ended ?? []);
  if (over.length > 0) throw new StepFailure(`${over.length} streams are over; the first one: ${over[0]}`);
  if (behind() > 0) throw new StepFailure(`${behind()} streams have not told of the last move of the line`);
  return streams.flatMap(({ told }) => eventDelays(steps, told).flatMap((took) => took ?? []));
}

function report(rows: readonly Row[]): void {
  const lines = rows.map(({ name, residentMiB: memory, cpu, eventsPerSecond, steps, delays }) =>
    [
      name,
      steps,
      eventsPerSecond.toFixed(0),
      `${memory.toFixed(0)} MiB`,
      percent(cpu.get('gateway') ?? 0),
      ...[0.5, 0.95, 1].map((share) => (delays.length > 0 ? `${quantile(delays, share).toFixed(0)} ms` : '')),
      percent(cpu.get(loadGenerator) ?? 0),
      formatShares(cpu, percent),
    ].join(' | '),
  );
  process.stdout.write(
    `\n${watchers} people with an open stream each, ${seconds} s a row. Memory: the most that the gateway had resident. CPU: shares of a core. ` +
      'Delay: from the first look at the store that finds the line moved (one each 20 ms) until a stream tells it; all streams told all moves.\n\n' +
      '| line | moves | events/s | gateway memory | gateway CPU | p50 | p95 | longest | load generator CPU | CPU by process |\n' +
      `|---|---|---|---|---|---|---|---|---|---|\n${lines.map((line) => `| ${line} |`).join('\n')}\n`,
  );
}
