import type { Database } from '@ticketing/common/database';
import { idToBinary } from '@ticketing/common/database';
import type { Logger } from '@ticketing/common/log';
import { type ListedConcert, selectConcerts, toConcertEvent } from '../concerts/listed-concert.ts';
import { markIndexed, putConcerts } from './index-concerts.ts';
import { indexAlias, indexDefinition, indexName } from './index-definition.ts';
import type { SearchIndex } from './search-index.ts';

interface IndexKeeper {
  db: Database;
  index: SearchIndex;
  log: Logger;
  replicas: number;
}

const batchSize = 500;

/**
 * One turn of keeping the search index complete: makes it where there is none, then indexes the concerts whose events
 * did not reach it. It throws while Elasticsearch is out.
 */
export async function keepIndex(ctx: IndexKeeper): Promise<void> {
  if (!(await ctx.index.look())) await makeIndex(ctx);
  await catchUp(ctx);
}

/** Makes the index and fills it from the catalogue. Only then it gets the alias, so readers never see a half of it. */
async function makeIndex({ db, index, log, replicas }: IndexKeeper): Promise<void> {
  await index.work(async (client, options) => {
    const present = await client.indices.get({ index: `${indexAlias}-*` }, options);
    if (!Object.hasOwn(present, indexName)) await client.indices.create({ index: indexName, ...indexDefinition(replicas) }, options);
  });
  let count = 0;
  let after: Buffer = Buffer.alloc(16);
  for (;;) {
    const concerts = await selectConcerts(db, `WHERE c.id > ? ORDER BY c.id LIMIT ${batchSize}`, [after]);
    const last = concerts.at(-1);
    if (!last) break;
    const states = concerts.map(toConcertEvent);
    const indexed = await index.work(putConcerts(indexName, states));
    if (indexed.length < states.length) throw new Error(`the index refused ${states.length - indexed.length} concerts`);
    await markIndexed(db, states);
    count += states.length;
    after = idToBinary(last.id);
  }
  await index.work(async (client, options) => {
    await client.indices.refresh({ index: indexName }, options);
    await client.indices.putAlias({ index: indexName, name: indexAlias }, options);
  });
  await index.look();
  log.info({ index: indexName, concerts: count }, 'search index made');
}

async function catchUp({ db, index, log }: IndexKeeper): Promise<void> {
  const missed = await findMissed(db);
  if (missed.length === 0) return;
  const indexed = await index.work(putConcerts(indexAlias, missed.map(toConcertEvent)));
  await markIndexed(db, indexed);
  log.info({ concerts: indexed.length }, 'search index caught up');
}

/** Events are usually faster than this; what they have not brought after five seconds they may never bring. */
function findMissed(db: Database): Promise<ListedConcert[]> {
  return selectConcerts(
    db,
    `WHERE c.is_unindexed = 1 AND c.changed_at < UTC_TIMESTAMP(3) - INTERVAL 5 SECOND ORDER BY c.changed_at LIMIT ${batchSize}`,
    [],
  );
}
