import { type Database, idToBinary } from '@ticketing/common/database';
import { type NamedLock, takeNamedLock } from '@ticketing/common/named-lock';
import { selectConcerts, toConcertEvent } from '../concerts/listed-concert.ts';
import { copyChanges } from './copy-changes.ts';
import {
  addBuild,
  buildLock,
  definitionHash,
  forgetBuild,
  type IndexBuild,
  isOwn,
  noteCaughtUp,
  noteCopied,
  noteFinished,
  readBuilds,
  readClock,
} from './index-builds.ts';
import { type ConcertState, putConcerts, type Written } from './index-concerts.ts';
import { indexAlias, indexDefinition, indexPattern } from './index-definition.ts';
import { deleteIndex, removeBeside } from './remove-indices.ts';
import { type IndexAccess, SearchIndexFailed } from './search-index.ts';

export interface IndexBuilder {
  db: Database;
  /** By the endpoint that tries again. */
  index: IndexAccess;
  signal?: AbortSignal | undefined;
  replicas: number;
  /** Told after each batch. */
  progress?: (copied: number, total: number) => void | Promise<void>;
}

/** Somebody else builds an index of this definition: two builds would take the alias from each other. */
export class BuildUnderWay extends Error {
  override readonly name = 'BuildUnderWay';
  constructor() {
    super('another build is under way');
  }
}

// Small enough that a busy Elasticsearch takes a batch well within the sidecar's timeout for one try.
const batchSize = 200;

/**
 * Fills a new index from the catalogue, beside the one that answers, and gives it the alias when it is complete: readers see the
 * old one or the new one, never a half. A build that was cut short goes on where it was, unless documents have changed since. What
 * is edited meanwhile is copied again by its time of change, before the alias moves and once more after: versions make any order right.
 * Throws BuildUnderWay; aborted, it ends after a batch.
 */
export async function buildIndex(ctx: IndexBuilder): Promise<{ index: string; concerts: number }> {
  const lock = await takeNamedLock(ctx.db, buildLock, 0);
  if (!lock) throw new BuildUnderWay();
  try {
    const build = (await resume(ctx)) ?? (await addBuild(ctx.db));
    const concerts = await fill(ctx, lock, await makeIndex(ctx, build));
    const writes = { db: ctx.db, signal: ctx.signal, put: (changed: ConcertState[]) => put(ctx, build.name, changed) };
    const caughtUp = await readClock(ctx.db);
    await copyChanges(writes, { since: build.startedAt, until: caughtUp });
    await lock.confirm();
    await moveAlias(ctx, build.name);
    const until = await readClock(ctx.db);
    await copyChanges(writes, { since: caughtUp, until });
    await ctx.index.work((client, options) => client.indices.refresh({ index: build.name }, options), ctx.signal);
    await noteCaughtUp(ctx.db, build.name, until);
    await noteFinished(ctx.db, build.name);
    await removeBeside(ctx, lock, build.name);
    return { index: build.name, concerts };
  } finally {
    await lock.release();
  }
}

/** The last build that was cut short, where its documents are those of now. Others are ended: finished if they have the alias, else removed. */
async function resume(ctx: IndexBuilder): Promise<IndexBuild | undefined> {
  const { live } = await ctx.index.look(ctx.signal);
  let last: IndexBuild | undefined;
  for (const build of await readBuilds(ctx.db)) {
    if (build.finished || !isOwn(build.name)) continue;
    if (build.name === live) {
      await noteFinished(ctx.db, build.name);
    } else if (!last && build.definition === definitionHash()) {
      last = build;
    } else {
      await deleteIndex(ctx, build.name);
      await forgetBuild(ctx.db, build.name);
    }
  }
  return last;
}

/** Makes the index of a build where it is not there. @returns the build, from its beginning when the index is new */
async function makeIndex(ctx: IndexBuilder, build: IndexBuild): Promise<IndexBuild> {
  const { idle } = await ctx.index.look(ctx.signal);
  if (idle.includes(build.name)) return build;
  const index = build.name;
  const aliases = { [writesOf(index)]: {} };
  try {
    await ctx.index.work(
      (client, options) => client.indices.create({ index, aliases, ...indexDefinition(ctx.replicas) }, options),
      ctx.signal,
    );
  } catch (error) {
    // An earlier try was made after all.
    if (!(error instanceof SearchIndexFailed && error.message.includes('resource_already_exists_exception'))) throw error;
  }
  return { ...build, copiedTo: Buffer.alloc(16), copied: 0 };
}

/** @returns how many concerts the index has */
async function fill(ctx: IndexBuilder, lock: NamedLock, { name, copiedTo, copied }: IndexBuild): Promise<number> {
  const [{ total } = { total: 0 }] = await ctx.db.query<{ total: number }>("SELECT COUNT(*) AS total FROM concerts WHERE state <> 'DRAFT'");
  for (let done = { name, copiedTo, copied }; ; ) {
    ctx.signal?.throwIfAborted();
    const concerts = await selectConcerts(ctx.db, `WHERE c.id > ? AND c.state <> 'DRAFT' ORDER BY c.id LIMIT ${batchSize}`, [
      done.copiedTo,
    ]);
    const last = concerts.at(-1);
    if (!last) return done.copied;
    await lock.confirm();
    await put(ctx, name, concerts.map(toConcertEvent));
    done = { name, copiedTo: idToBinary(last.id), copied: done.copied + concerts.length };
    await noteCopied(ctx.db, done);
    await ctx.progress?.(done.copied, total);
  }
}

// A build writes by an alias of its index: should somebody remove that, a write fails instead of making an index without the definition.
function writesOf(index: string): string {
  return `${index}.build`;
}

async function put(ctx: IndexBuilder, target: string, concerts: ConcertState[]): Promise<Written> {
  const written = await ctx.index.work(putConcerts(writesOf(target), concerts), ctx.signal);
  if (written.refused > 0) throw new Error(`the index refused ${written.refused} concerts`);
  return written;
}

async function moveAlias(ctx: IndexBuilder, target: string): Promise<void> {
  await ctx.index.work(async (client, options) => {
    await client.indices.refresh({ index: target }, options);
    const present = await client.indices.getAlias({ index: indexPattern }, options);
    const old = Object.keys(present).filter((name) => name !== target && Object.hasOwn(present[name]?.aliases ?? {}, indexAlias));
    const removals = old.map((name) => ({ remove: { index: name, alias: indexAlias } }));
    await client.indices.updateAliases({ actions: [...removals, { add: { index: target, alias: indexAlias } }] }, options);
  }, ctx.signal);
}
