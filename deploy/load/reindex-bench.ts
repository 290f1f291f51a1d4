import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { Sidecar } from '@ticketing/common/dapr';
import { type Database, idFromBinary } from '@ticketing/common/database';
import { pollUntil } from '@ticketing/common/poll-until';
import { z } from 'zod';
import { loadConcert } from '../../services/concert/src/concerts/listed-concert.ts';
import { keeperLock } from '../../services/concert/src/search/keep-index.ts';
import { fillCatalogue } from '../../services/concert/src/testing/many-concerts.ts';
import { ApiClient } from '../local/client/api-client.ts';
import { logIn } from '../local/client/buyer.ts';
import { checkIndex, endOf, startReindexer } from '../local/run-reindexer.ts';
import { seed } from '../local/seed.ts';
import type { StackDescription } from '../local/stack-description.ts';
import { StepFailure } from '../local/step-failure.ts';
import type { Bench } from './bench-definition.ts';
import { residentMiB } from './memory-use.ts';
import { openCatalogue } from './open-catalogue.ts';

const concerts = 100_000;
const editable = 2_000;
const pauseBetweenEditsMs = 20;
const settlingMs = 60_000;
const longestSeconds = 3_600;

/** Fills a new index of many concerts while they are edited, is killed on the way and goes on. */
export const reindexBench: Bench = {
  summary: `reindexes ${concerts.toLocaleString('en')} concerts while they are edited, with a kill -9 on the way, and counts lost edits`,
  instances: {},
  run: rebuildUnderEdits,
};

async function rebuildUnderEdits(stack: StackDescription): Promise<void> {
  const { onSale } = await seed(stack);
  const api = new ApiClient(stack.gatewayUrl);
  const db = await openCatalogue(stack);
  const keeper = await holdKeeper(stack);
  try {
    const model = await loadConcert(db, onSale.concertId);
    if (!model) throw new StepFailure('the concert is not in the catalogue');
    const filling = performance.now();
    await fillCatalogue(db, model.venue, concerts);
    process.stdout.write(`\ncatalogue filled in ${seconds(filling)} s\n`);
    const editor = startEditing(api, await someIds(db));
    let builds: [Build, Build];
    try {
      builds = [await build(stack, 0.5), await build(stack)];
    } finally {
      await editor.stop();
    }
    const unseen = await countUnseen(stack, editor.edits.titles);
    await keeper.release();
    report({ builds, edits: editor.edits, unseen });
    process.stdout.write(`check            ${await settledCheck(stack)}\n`);
  } finally {
    await Promise.all([keeper.release(), db.close(), api.close()]);
  }
}

/** Keeps the job that looks after the index from working: it would make good what a build loses. */
async function holdKeeper({ instances, daprApiToken }: StackDescription): Promise<{ release: () => Promise<void> }> {
  const instance = instances.find(({ service }) => service === 'concert');
  if (!instance) throw new StepFailure('the stack has no concert service');
  const sidecar = new Sidecar({ httpPort: instance.daprHttpPort, apiToken: daprApiToken });
  const owner = 'bench';
  const held = await pollUntil(async () => ((await sidecar.tryLock(keeperLock, owner, longestSeconds)) ? true : undefined), 30_000);
  if (!held) throw new StepFailure('the index keeper does not let its lock go');
  let released: Promise<void> | undefined;
  const release = async (): Promise<void> => {
    await sidecar.unlock(keeperLock, owner);
    await sidecar.close();
  };
  return { release: () => (released ??= release()) };
}

async function someIds(db: Database): Promise<string[]> {
  const rows = await db.query<{ id: Buffer }>('SELECT id FROM concerts ORDER BY RAND() LIMIT ?', [editable]);
  return rows.map(({ id }) => idFromBinary(id));
}

interface Edits {
  /** The last title of each concert that was edited, by id. */
  titles: Map<string, string>;
  count: number;
}

/** Renames concerts one after another, through the public API. */
function startEditing(api: ApiClient, ids: string[]): { edits: Edits; stop: () => Promise<void> } {
  const edits: Edits = { titles: new Map(), count: 0 };
  let stopped = false;
  const edit = async (): Promise<void> => {
    const { token } = await logIn(api, 'organiser@example.com');
    while (!stopped) {
      const id = ids[edits.count % ids.length] ?? '';
      const title = `Edited ${edits.count}`;
      await api.call(z.unknown(), 'PATCH', `/admin/concerts/${id}`, { token, body: { title } });
      edits.titles.set(id, title);
      edits.count += 1;
      await delay(pauseBetweenEditsMs);
    }
  };
  const editing = edit();
  // Whoever stops it is told of its failure.
  editing.catch(() => undefined);
  return {
    edits,
    stop: () => {
      stopped = true;
      return editing;
    },
  };
}

interface Build {
  /** Concerts that were copied when it began to tell, and when it ended. */
  from: number;
  to: number;
  seconds: number;
  /** MiB of memory at most. */
  peak: number;
  said: string[];
}

/** Runs the reindexer to its end, or kills it when it has copied a share of the concerts. */
async function build(stack: StackDescription, killAt?: number): Promise<Build> {
  const started = performance.now();
  const reindexer = startReindexer(stack, 'build');
  const ending = endOf(reindexer);
  const { pid } = reindexer;
  const result: Build = { from: 0, to: 0, seconds: 0, peak: 0, said: [] };
  let told = -1;
  for await (const line of createInterface({ input: reindexer.stdout })) {
    result.peak = Math.max(result.peak, peakOf(pid));
    const [copied, total] = /^(\d+) of (\d+) concerts/.exec(line)?.slice(1).map(Number) ?? [];
    if (copied === undefined || total === undefined) {
      result.said.push(line);
      continue;
    }
    if (result.from === 0) result.from = copied;
    result.to = copied;
    const tenth = Math.floor((copied / total) * 10);
    if (tenth > told) process.stdout.write(`${line}\n`);
    told = tenth;
    if (killAt !== undefined && copied >= total * killAt) reindexer.kill('SIGKILL');
  }
  const code = await ending;
  if (code !== (killAt === undefined ? 0 : undefined)) throw new StepFailure(`the reindexer ended with ${code ?? 'a signal'}`);
  result.seconds = (performance.now() - started) / 1_000;
  return result;
}

/** MiB that a process had resident at most; 0 when it is gone. */
function peakOf(pid: number | undefined): number {
  try {
    return residentMiB(pid ?? 0, 'at most');
  } catch {
    return 0;
  }
}

const documents = z.object({ docs: z.array(z.object({ _id: z.string(), _source: z.object({ title: z.string() }).optional() })) });

/** How many of the edited concerts the index has under another title. Events of the last edits may take a moment. */
async function countUnseen({ elasticsearch }: StackDescription, titles: Map<string, string>): Promise<number> {
  let unseen = titles.size;
  await pollUntil(async () => {
    const aliases = z.record(z.string(), z.object({ aliases: z.record(z.string(), z.unknown()) }));
    const indices = aliases.parse(await (await fetch(`${elasticsearch.url}/concerts-*/_alias`)).json());
    const [name = ''] = Object.keys(indices);
    const response = await fetch(`${elasticsearch.url}/${name}/_mget?_source=title`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ids: [...titles.keys()] }),
    });
    const { docs } = documents.parse(await response.json());
    unseen = docs.filter(({ _id, _source }) => _source?.title !== titles.get(_id)).length;
    return unseen === 0 ? true : undefined;
  }, settlingMs);
  return unseen;
}

/** What changed in the last seconds is no part of a check; when that has settled, nothing may differ. */
async function settledCheck(stack: StackDescription): Promise<string> {
  const { code, said } = await checkIndex(stack);
  if (code !== 0) throw new StepFailure(`the index differs from the catalogue: ${said.trim()}`);
  return said.trim();
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1_000).toFixed(1);
}

function report({ builds: [killed, finished], edits, unseen }: { builds: [Build, Build]; edits: Edits; unseen: number }): void {
  const copied = killed.to + (finished.to - killed.to);
  const took = killed.seconds + finished.seconds;
  const lines = [
    `killed           after ${killed.to} concerts in ${killed.seconds.toFixed(1)} s; the next run went on with ${finished.from}`,
    `rate             ${copied} concerts in ${took.toFixed(1)} s: ${(copied / took).toFixed(0)} a second, both runs with their starts`,
    `memory           ${Math.max(killed.peak, finished.peak).toFixed(0)} MiB resident at most`,
    `edits meanwhile  ${edits.count} of ${edits.titles.size} concerts; ${unseen} lost`,
    ...finished.said.map((line) => `told             ${line}`),
  ];
  process.stdout.write(`\n${lines.join('\n')}\n`);
  if (unseen > 0) throw new StepFailure('edits were lost');
  if (finished.from <= killed.to / 2) throw new StepFailure('the second run began anew');
}
