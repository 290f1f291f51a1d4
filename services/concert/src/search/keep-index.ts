import type { Database } from '@ticketing/common/database';
import type { Logger } from '@ticketing/common/log';
import { createCounter } from '@ticketing/common/telemetry';
import { BuildUnderWay, buildIndex, type IndexBuilder } from './build-index.ts';
import { createCatchUp } from './catch-up.ts';
import { checkRange, repairDrift } from './check-index.ts';
import { readBuilds } from './index-builds.ts';
import { indexAlias } from './index-definition.ts';
import { removeUnused, unusedIndices } from './remove-indices.ts';
import type { IndexAccess, SearchIndex } from './search-index.ts';

interface IndexKeeper {
  db: Database;
  index: SearchIndex;
  /** By the endpoint that tries again. */
  bulk: IndexAccess;
  log: Logger;
  replicas: number;
}

/** The lock of who keeps the index of this definition; instances of another build keep theirs at the same time. */
export const keeperLock = `concert-index-keeper-${indexAlias}`;

const drifted = createCounter(
  'ticketing_search_drift_total',
  'Concerts in which the search index differed from the catalogue, and was put right',
);

/**
 * Keeps the search index complete, turn by turn: makes it where there is none, brings in what has changed, removes indices that nobody
 * needs, and compares a few hundred concerts with it, the next ones each time.
 * @returns one turn; it throws while Elasticsearch is out, and ends early when it is to stop
 */
export function createIndexKeeper(ctx: IndexKeeper): (signal: AbortSignal) => Promise<void> {
  const catchUp = createCatchUp(ctx);
  let after: string | undefined;
  return async (signal) => {
    const indices = await ctx.index.look();
    if (!indices.live) {
      await make({ ...ctx, index: ctx.bulk, signal });
      return;
    }
    const builds = await readBuilds(ctx.db);
    const build = builds.find(({ name }) => name === indices.live);
    await catchUp(indices.live, build, signal);
    if (unusedIndices(builds, indices).length > 0) await removeUnused({ ...ctx, index: ctx.bulk, signal }, indices.live);
    after = await compareNext(ctx, after);
  };
}

async function make(ctx: IndexBuilder & Pick<IndexKeeper, 'log'>): Promise<void> {
  try {
    const built = await buildIndex(ctx);
    ctx.log.info(built, 'search index made');
  } catch (error) {
    // Another instance makes it, or an operator.
    if (!(error instanceof BuildUnderWay)) throw error;
  }
}

async function compareNext(ctx: IndexKeeper, after: string | undefined): Promise<string | undefined> {
  const drift = await checkRange(ctx, after);
  const count = drift.missing.length + drift.stale.length + drift.extra.length;
  drifted.add(count);
  if (count > 0) {
    const { missing, stale, extra } = drift;
    ctx.log.warn({ missing: missing.length, stale: stale.length, extra: extra.length }, 'the search index had drifted, and is put right');
    await repairDrift(ctx, drift);
  }
  return drift.next;
}
