import type { Client } from '@elastic/elasticsearch';
import { databaseEnvironment, InvalidConfiguration, loadConfig } from '@ticketing/common/config';
import { type Database, openDatabase } from '@ticketing/common/database';
import { runMain } from '@ticketing/common/service-app';
import { z } from 'zod';
import { schema } from './db/schema.ts';
import { BuildUnderWay, buildIndex, type IndexBuilder } from './search/build-index.ts';
import { checkIndex } from './search/check-index.ts';
import { createDirectClient, createSearchClient } from './search/search-client.ts';
import { accessIndex, type IndexAccess } from './search/search-index.ts';

const environment = z.object({
  ...databaseEnvironment.required({ DB_PASSWORD: true }).shape,
  /** Of Elasticsearch, where there is no sidecar. */
  ELASTICSEARCH_URL: z.url().optional(),
  DAPR_HTTP_PORT: z.coerce.number().int().optional(),
  DAPR_API_TOKEN: z.string().optional(),
  SEARCH_REPLICAS: z.coerce.number().int().min(0).max(10).default(0),
  /** `build` a new index, `check` the present one, or `repair` it. */
  REINDEX: z.enum(['build', 'check', 'repair']),
});
type Environment = z.infer<typeof environment>;

const mebibyte = 1_048_576;

runMain(async () => {
  const config = loadConfig(environment);
  const client = openClient(config);
  const db = await openDatabase({ ...schema, config: { ...config, DB_POOL_SIZE: 2 }, password: config.DB_PASSWORD });
  const stopping = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT']) process.once(name, () => stopping.abort(new Stopped()));
  try {
    process.exitCode = await reindex({ db, index: accessIndex(client), signal: stopping.signal }, config);
  } catch (error) {
    if (!(error instanceof Stopped || error instanceof BuildUnderWay)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  } finally {
    await client.close();
    await db.close();
  }
});

function openClient({ ELASTICSEARCH_URL, DAPR_HTTP_PORT, DAPR_API_TOKEN }: Environment): Client {
  if (ELASTICSEARCH_URL) return createDirectClient(ELASTICSEARCH_URL);
  if (DAPR_HTTP_PORT && DAPR_API_TOKEN) {
    return createSearchClient({ httpPort: DAPR_HTTP_PORT, apiToken: DAPR_API_TOKEN, endpoint: 'elasticsearch-bulk' });
  }
  throw new InvalidConfiguration('ELASTICSEARCH_URL, or DAPR_HTTP_PORT and DAPR_API_TOKEN: one way to Elasticsearch is needed');
}

class Stopped extends Error {
  override readonly name = 'Stopped';
  constructor() {
    super('stopped; the next build goes on where this one was');
  }
}

interface Reindexer {
  db: Database;
  index: IndexAccess;
  signal: AbortSignal;
}

/** @returns the exit code: 1 when a check finds a difference */
async function reindex(ctx: Reindexer, { REINDEX, SEARCH_REPLICAS }: Environment): Promise<number> {
  if (REINDEX === 'build') await build({ ...ctx, replicas: SEARCH_REPLICAS, progress });
  const differing = await compare(ctx, REINDEX !== 'check');
  return differing > 0 && REINDEX === 'check' ? 1 : 0;
}

async function build(ctx: IndexBuilder): Promise<void> {
  const started = performance.now();
  const { index, concerts } = await buildIndex(ctx);
  console.log(`${index} answers now: ${concerts} concerts in ${((performance.now() - started) / 1_000).toFixed(1)} s, ${memory()}`);
}

function progress(copied: number, total: number): void {
  console.log(`${copied} of ${total} concerts (${Math.floor((copied / Math.max(total, 1)) * 100)} %), ${memory()}`);
}

function memory(): string {
  return `${Math.round(process.memoryUsage().rss / mebibyte)} MiB`;
}

/** Compares the whole index with the catalogue. @returns how many concerts differ */
async function compare(ctx: Reindexer, repairs: boolean): Promise<number> {
  const { checked, missing, stale, extra } = await checkIndex(ctx, repairs);
  const repaired = repairs && missing + stale + extra > 0 ? ', put right' : '';
  console.log(`${checked} concerts compared with the index: ${missing} missing, ${stale} stale, ${extra} extra${repaired}`);
  return missing + stale + extra;
}
