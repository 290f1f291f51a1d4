import { setTimeout as delay } from 'node:timers/promises';
import { type Database, idToBinary } from '@ticketing/common/database';
import { type ListedConcert, selectConcerts, toConcertEvent } from '../concerts/listed-concert.ts';
import { markIndexed, putConcerts } from './index-concerts.ts';
import { indexAlias, indexDefinition, indexPattern } from './index-definition.ts';
import { type SearchIndex, SearchIndexFailed } from './search-index.ts';

export interface IndexBuilder {
  db: Database;
  index: SearchIndex;
  replicas: number;
  /** Told after each batch. */
  progress?: (copied: number, total: number) => void | Promise<void>;
}

// Small enough that a busy Elasticsearch takes a batch well within the sidecar's timeout.
const batchSize = 200;
const attempts = 8;
// Longer than the circuit breaker stays open, so that a build does not keep it from closing for those who search.
const pauseMs = 6_000;
/** A change that was written this long before it is committed is still found by its time. */
const longestTransactionSeconds = 30;

/**
 * Fills a new index from the catalogue, beside the one that answers, and gives it the alias when it is complete: readers see the
 * old one or the new one, never a half. A build that was cut short goes on where it was. What is edited meanwhile is copied again
 * by its time of change, before the alias moves and once more after: versions make any order right.
 */
export async function buildIndex(ctx: IndexBuilder): Promise<{ index: string; concerts: number }> {
  const isFirst = !(await ctx.index.look());
  const build = (await resume(ctx)) ?? (await begin(ctx));
  let { copied } = build;
  const [{ total } = { total: 0 }] = await ctx.db.query<{ total: number }>('SELECT COUNT(*) AS total FROM concerts');
  for (let after = build.copiedTo; ; ) {
    const concerts = await selectConcerts(ctx.db, `WHERE c.id > ? ORDER BY c.id LIMIT ${batchSize}`, [after]);
    const last = concerts.at(-1);
    if (!last) break;
    await copy(ctx, build.name, concerts);
    // Until there is an alias, nobody else has indexed anything.
    if (isFirst) await markIndexed(ctx.db, concerts.map(toConcertEvent));
    after = idToBinary(last.id);
    copied += concerts.length;
    await ctx.db.execute('UPDATE index_builds SET copied_to = ?, copied = ? WHERE index_name = ?', [after, copied, build.name]);
    await ctx.progress?.(copied, total);
  }
  const caughtUp = await copyChanges(ctx, build.name, build.startedAt);
  await moveAlias(ctx, build.name);
  await copyChanges(ctx, build.name, caughtUp);
  await ctx.index.work((client, options) => client.indices.refresh({ index: build.name }, options));
  await ctx.db.execute('UPDATE index_builds SET finished_at = UTC_TIMESTAMP(3) WHERE index_name = ?', [build.name]);
  await removeOthers(ctx, build.name);
  await ctx.index.look();
  return { index: build.name, concerts: copied };
}

interface Build {
  name: string;
  startedAt: Date;
  copiedTo: Buffer;
  copied: number;
}

/** The last build that was cut short, if its index is still there. */
async function resume({ db, index }: IndexBuilder): Promise<Build | undefined> {
  const rows = await db.query<{ index_name: string; started_at: Date; copied_to: Buffer; copied: number }>(
    'SELECT index_name, started_at, copied_to, copied FROM index_builds WHERE finished_at IS NULL ORDER BY started_at DESC LIMIT 1',
  );
  const [row] = rows;
  if (!row) return undefined;
  const present = await index.work((client, options) => client.indices.get({ index: indexPattern }, options));
  if (Object.hasOwn(present, row.index_name)) {
    return { name: row.index_name, startedAt: row.started_at, copiedTo: row.copied_to, copied: row.copied };
  }
  await db.execute('DELETE FROM index_builds WHERE finished_at IS NULL');
  return undefined;
}

async function begin({ db, index, replicas }: IndexBuilder): Promise<Build> {
  const startedAt = await clock(db);
  const build = { name: `${indexAlias}-${startedAt.getTime()}`, startedAt, copiedTo: Buffer.alloc(16), copied: 0 };
  const aliases = { [writesOf(build.name)]: {} };
  await index.work((client, options) => client.indices.create({ index: build.name, aliases, ...indexDefinition(replicas) }, options));
  await db.execute('INSERT INTO index_builds (index_name, started_at, copied_to) VALUES (?, ?, ?)', [
    build.name,
    startedAt,
    build.copiedTo,
  ]);
  return build;
}

// A build writes by an alias of its index: should somebody remove that, a write fails instead of making an index without the definition.
function writesOf(index: string): string {
  return `${index}.build`;
}

async function copy({ index }: IndexBuilder, target: string, concerts: ListedConcert[]): Promise<void> {
  const indexed = await patiently(() => index.work(putConcerts(writesOf(target), concerts.map(toConcertEvent))));
  if (indexed.length < concerts.length) throw new Error(`the index refused ${concerts.length - indexed.length} concerts`);
}

/** Tries again what may be done twice. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= attempts || !(error instanceof SearchIndexFailed)) throw error;
      await delay(pauseMs);
    }
  }
}

/** Copies what has changed since a time. @returns the time up to which nothing is missing */
async function copyChanges(ctx: IndexBuilder, target: string, since: Date): Promise<Date> {
  const until = await clock(ctx.db);
  let after = new Date(since.getTime() - longestTransactionSeconds * 1_000);
  let afterId: Buffer = Buffer.alloc(16);
  for (;;) {
    const rows = await findChanged(ctx.db, after, afterId);
    const last = rows.at(-1);
    if (!last) return until;
    await copy(ctx, target, await selectConcerts(ctx.db, 'WHERE c.id IN (?)', [rows.map(({ id }) => id)]));
    [after, afterId] = [last.changed_at, last.id];
  }
}

/** The next concerts by the time of their change. @param after time and id of the last one before them */
export function findChanged(db: Database, after: Date, afterId: Buffer): Promise<{ id: Buffer; changed_at: Date }[]> {
  return db.query(
    `SELECT id, changed_at FROM concerts WHERE changed_at >= ? AND (changed_at > ? OR id > ?) ORDER BY changed_at, id LIMIT ${batchSize}`,
    [after, after, afterId],
  );
}

async function moveAlias({ index }: IndexBuilder, target: string): Promise<void> {
  await index.work(async (client, options) => {
    await client.indices.refresh({ index: target }, options);
    const present = await client.indices.getAlias({ index: indexPattern }, options);
    const old = Object.keys(present).filter((name) => name !== target && Object.hasOwn(present[name]?.aliases ?? {}, indexAlias));
    const actions = [...old.map((name) => ({ remove: { index: name, alias: indexAlias } })), { add: { index: target, alias: indexAlias } }];
    await client.indices.updateAliases({ actions }, options);
  });
}

async function removeOthers({ db, index }: IndexBuilder, kept: string): Promise<void> {
  const present = await index.work((client, options) => client.indices.get({ index: indexPattern }, options));
  for (const name of Object.keys(present).filter((other) => other !== kept)) {
    await index.work((client, options) => client.indices.delete({ index: name }, options));
  }
  await db.execute('DELETE FROM index_builds WHERE index_name <> ?', [kept]);
}

async function clock(db: Database): Promise<Date> {
  const [row] = await db.query<{ now: Date }>('SELECT UTC_TIMESTAMP(3) AS now');
  if (!row) throw new Error('the database did not tell the time');
  return row.now;
}
