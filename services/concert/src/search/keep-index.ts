import type { Database } from '@ticketing/common/database';
import type { Logger } from '@ticketing/common/log';
import { createCounter } from '@ticketing/common/telemetry';
import { type ListedConcert, selectConcerts, toConcertEvent } from '../concerts/listed-concert.ts';
import { buildIndex } from './build-index.ts';
import { checkRange, repairDrift } from './check-index.ts';
import { markIndexed, putConcerts } from './index-concerts.ts';
import { indexAlias } from './index-definition.ts';
import type { SearchIndex } from './search-index.ts';

interface IndexKeeper {
  db: Database;
  index: SearchIndex;
  log: Logger;
  replicas: number;
}

const batchSize = 500;
const drifted = createCounter(
  'ticketing_search_drift_total',
  'Concerts in which the search index differed from the catalogue, and was put right',
);

/**
 * Keeps the search index complete, turn by turn: makes it where there is none, indexes the concerts whose events did not reach it,
 * and compares a few hundred concerts with it, the next ones each time.
 * @returns one turn; it throws while Elasticsearch is out
 */
export function createIndexKeeper(ctx: IndexKeeper): () => Promise<void> {
  let after: string | undefined;
  return async () => {
    if (!(await ctx.index.look())) {
      const built = await buildIndex(ctx);
      ctx.log.info(built, 'search index made');
    }
    await catchUp(ctx);
    after = await compareNext(ctx, after);
  };
}

async function catchUp({ db, index, log }: IndexKeeper): Promise<void> {
  const missed = await findMissed(db);
  if (missed.length === 0) return;
  const indexed = await index.work(putConcerts(indexAlias, missed.map(toConcertEvent)));
  await markIndexed(db, indexed);
  log.info({ concerts: indexed.length }, 'search index caught up');
}

/** Events are usually faster than this; what they have not brought after five seconds they may never bring. */
export function findMissed(db: Database): Promise<ListedConcert[]> {
  return selectConcerts(
    db,
    `WHERE c.is_unindexed = 1 AND c.changed_at < UTC_TIMESTAMP(3) - INTERVAL 5 SECOND ORDER BY c.changed_at LIMIT ${batchSize}`,
    [],
  );
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
