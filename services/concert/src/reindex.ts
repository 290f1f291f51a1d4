import { databaseEnvironment, loadConfig } from '@ticketing/common/config';
import { openDatabase } from '@ticketing/common/database';
import { createLogger } from '@ticketing/common/log';
import { runMain } from '@ticketing/common/service-app';
import { z } from 'zod';
import { schema } from './db/schema.ts';
import { buildIndex } from './search/build-index.ts';
import { checkRange, repairDrift } from './search/check-index.ts';
import { createSearchClient } from './search/search-client.ts';
import { openSearchIndex } from './search/search-index.ts';

const environment = z.object({
  ...databaseEnvironment.required({ DB_PASSWORD: true }).shape,
  DAPR_HTTP_PORT: z.coerce.number().int(),
  DAPR_API_TOKEN: z.string(),
  SEARCH_REPLICAS: z.coerce.number().int().min(0).max(10).default(0),
  /** `build` a new index, `check` the present one, or `repair` it. */
  REINDEX: z.enum(['build', 'check', 'repair']),
});

const mebibyte = 1_048_576;

runMain(async () => {
  const { REINDEX, DAPR_HTTP_PORT, DAPR_API_TOKEN, SEARCH_REPLICAS, DB_PASSWORD, ...config } = loadConfig(environment);
  const db = await openDatabase({ ...schema, config: { ...config, DB_POOL_SIZE: 2 }, password: DB_PASSWORD });
  const client = createSearchClient({ httpPort: DAPR_HTTP_PORT, apiToken: DAPR_API_TOKEN });
  const index = openSearchIndex(client, createLogger({ service: 'concert', instance: 'reindex', level: 'warn' }));
  try {
    if (REINDEX === 'build') {
      const started = performance.now();
      const progress = (copied: number, total: number): void =>
        console.log(`${copied} of ${total} concerts (${Math.floor((copied / Math.max(total, 1)) * 100)} %), ${memory()}`);
      const { index: name, concerts } = await buildIndex({ db, index, replicas: SEARCH_REPLICAS, progress });
      console.log(`${name} answers now: ${concerts} concerts in ${((performance.now() - started) / 1_000).toFixed(1)} s, ${memory()}`);
    }
    const differing = await compare({ db, index }, REINDEX !== 'check');
    if (differing > 0 && REINDEX === 'check') process.exitCode = 1;
  } finally {
    index.stop();
    await client.close();
    await db.close();
  }
});

function memory(): string {
  return `${Math.round(process.memoryUsage().rss / mebibyte)} MiB`;
}

/** Compares the whole index with the catalogue. @returns how many concerts differ */
async function compare(ctx: Parameters<typeof checkRange>[0], repairs: boolean): Promise<number> {
  const total = { checked: 0, missing: 0, stale: 0, extra: 0 };
  let after: string | undefined;
  do {
    const drift = await checkRange(ctx, after);
    total.checked += drift.checked;
    for (const kind of ['missing', 'stale', 'extra'] as const) total[kind] += drift[kind].length;
    if (repairs) await repairDrift(ctx, drift);
    after = drift.next;
  } while (after !== undefined);
  const { checked, missing, stale, extra } = total;
  const repaired = repairs && missing + stale + extra > 0 ? ', put right' : '';
  console.log(`${checked} concerts compared with the index: ${missing} missing, ${stale} stale, ${extra} extra${repaired}`);
  return missing + stale + extra;
}
