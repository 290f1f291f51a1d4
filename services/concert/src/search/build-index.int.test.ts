import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { loadConcert, toConcertEvent } from '../concerts/listed-concert.ts';
import type { Context } from '../context.ts';
import { sendEachTwice } from '../testing/send-each-twice.ts';
import { addConcert, createTestContext, newWord, rename, untilFound } from '../testing/test-catalogue.ts';
import { holdKeeper, titleInIndex } from '../testing/test-index.ts';
import { buildIndex, type IndexBuilder } from './build-index.ts';
import { repairDrift } from './check-index.ts';
import { buildLock } from './index-builds.ts';
import { indexAlias } from './index-definition.ts';
import { createSearchClient } from './search-client.ts';
import { accessIndex } from './search-index.ts';

let ctx: Context;
let letKeep: () => Promise<void>;
beforeAll(async () => {
  ctx = await createTestContext();
  letKeep = await holdKeeper(ctx);
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(async () => {
  await letKeep();
  await ctx.stop();
});

type Progress = NonNullable<IndexBuilder['progress']>;
const builder = (progress: Progress): IndexBuilder => ({ db: ctx.db, index: ctx.bulk, replicas: 0, progress });
const look = () => ctx.bulk.look();
const nothing = (): void => undefined;

/** Does something after the first batch whose concerts are all copied; later batches have nothing to edit. */
function once(work: () => Promise<void>): Progress {
  let done = false;
  return async (copied, total) => {
    if (done || copied < total) return;
    done = true;
    await work();
  };
}

async function unfinished(): Promise<{ index_name: string; copied: number }[]> {
  return ctx.db.query('SELECT index_name, copied FROM index_builds WHERE finished_at IS NULL AND index_name LIKE ?', [`${indexAlias}-%`]);
}

/** Cuts a build short after its first batch. @returns the name of its index */
async function cutShort(): Promise<string> {
  const dies = (): void => {
    throw new Error('the process dies here');
  };
  await expect(buildIndex(builder(dies))).rejects.toThrow('dies here');
  const [{ index_name, copied } = { index_name: '', copied: 0 }] = await unfinished();
  expect(copied).toBeGreaterThan(0);
  return index_name;
}

describe('buildIndex', () => {
  it('replaces the index that answers, and loses no edit that is made meanwhile', async () => {
    const [artist, word] = [newWord(), newWord()];
    const ids: string[] = [];
    for (let number = 0; number < 5; number += 1) ids.push(await addConcert(ctx, { title: `${word} ${number}`, artist }));
    await untilFound(ctx, { q: artist }, ids);
    // Each concert is edited after it was copied, and its event goes to the index that still answers.
    const edit = async (): Promise<void> => {
      await Promise.all(ids.map((id, number) => rename(ctx, id, `${word} edited ${number}`)));
      await untilFound(ctx, { q: `${word} edited` }, ids);
    };
    const { index, concerts } = await buildIndex(builder(once(edit)));
    expect(concerts).toBeGreaterThanOrEqual(5);
    await untilFound(ctx, { q: `${word} edited` }, ids);
    for (const [number, id] of ids.entries()) expect(await titleInIndex(ctx, id)).toBe(`${word} edited ${number}`);
    expect(await look()).toEqual({ live: index, idle: [] });
  });

  it('would lose an edit without copying again what has changed', async () => {
    const [old, title] = [newWord(), newWord()];
    const id = await addConcert(ctx, { title: old, artist: newWord() });
    await untilFound(ctx, { q: old }, [id]);
    const edit = async (): Promise<void> => {
      await rename(ctx, id, title);
      await untilFound(ctx, { q: title }, [id]);
    };
    const query: Context['db']['query'] = (sql, values) =>
      sql.includes('changed_at >= ?') ? Promise.resolve([]) : ctx.db.query(sql, values);
    await buildIndex({ ...builder(once(edit)), db: { ...ctx.db, query } });
    expect(await titleInIndex(ctx, id)).toBe(old);
    // The index is put right again.
    const concert = await loadConcert(ctx.db, id);
    if (!concert) throw new Error('the concert is not in the catalogue');
    await repairDrift(ctx, { checked: 1, missing: [], stale: [toConcertEvent(concert)], extra: [], next: undefined });
    expect(await titleInIndex(ctx, id)).toBe(title);
  });

  it('makes an index although each request is sent twice, as it is when its answer is late', async () => {
    const id = await addConcert(ctx, { title: newWord(), artist: newWord() });
    const sidecar = await sendEachTwice(ctx.config.DAPR_HTTP_PORT);
    const client = createSearchClient({ httpPort: sidecar.port, apiToken: ctx.config.DAPR_API_TOKEN, endpoint: 'elasticsearch-bulk' });
    const built = await buildIndex({ ...builder(nothing), index: accessIndex(client) });
    await client.close();
    await sidecar.close();
    expect(sidecar.sent()).toBeGreaterThan(5);
    expect(await look()).toEqual({ live: built.index, idle: [] });
    expect(await titleInIndex(ctx, id)).toBeDefined();
  });
});

describe('a build that was cut short', () => {
  it('goes on where it was, in the same index', async () => {
    const id = await addConcert(ctx, { title: newWord(), artist: newWord() });
    const name = await cutShort();
    // What was copied is edited before the build goes on.
    const title = newWord();
    await rename(ctx, id, title);
    const { index } = await buildIndex(builder(nothing));
    expect(index).toBe(name);
    expect(await titleInIndex(ctx, id)).toBe(title);
    expect(await unfinished()).toEqual([]);
  });

  it('ends after a batch when it is told to', async () => {
    const stopping = new AbortController();
    const building = buildIndex({ ...builder(() => stopping.abort(new Error('the service stops'))), signal: stopping.signal });
    await expect(building).rejects.toThrow('the service stops');
    expect(await unfinished()).toHaveLength(1);
    const { index } = await buildIndex(builder(nothing));
    expect(await look()).toEqual({ live: index, idle: [] });
  });

  it('begins anew when documents have changed since', async () => {
    const name = await cutShort();
    await ctx.db.execute('UPDATE index_builds SET definition = ? WHERE index_name = ?', ['another', name]);
    const { index } = await buildIndex(builder(nothing));
    expect(index).not.toBe(name);
    expect(await look()).toEqual({ live: index, idle: [] });
    expect(await unfinished()).toEqual([]);
  });

  it('begins anew when its index answers already', async () => {
    const { index: name } = await buildIndex(builder(nothing));
    await ctx.db.execute('UPDATE index_builds SET finished_at = NULL WHERE index_name = ?', [name]);
    const { index } = await buildIndex(builder(nothing));
    expect(index).not.toBe(name);
    expect(await look()).toEqual({ live: index, idle: [] });
    expect(await unfinished()).toEqual([]);
  });

  it('begins anew in the same index when somebody has removed it', async () => {
    const name = await cutShort();
    await ctx.index.work((client, options) => client.indices.delete({ index: name }, options));
    const told: number[] = [];
    const { index, concerts } = await buildIndex(builder((copied) => void told.push(copied)));
    expect(index).toBe(name);
    const [{ total } = { total: 0 }] = await ctx.db.query<{ total: number }>(
      "SELECT COUNT(*) AS total FROM concerts WHERE state <> 'DRAFT'",
    );
    expect([concerts, told.at(-1)]).toEqual([total, total]);
  });

  it('leaves those of other definitions alone', async () => {
    await ctx.db.execute("INSERT INTO index_builds (index_name, started_at, copied_to) VALUES ('concerts-v0-1', UTC_TIMESTAMP(3), '')");
    const { index } = await buildIndex(builder(nothing));
    const rows = await ctx.db.query<{ index_name: string }>(
      "SELECT index_name FROM index_builds WHERE index_name IN (?, 'concerts-v0-1')",
      [index],
    );
    await ctx.db.execute("DELETE FROM index_builds WHERE index_name = 'concerts-v0-1'");
    expect(rows.map(({ index_name }) => index_name)).toEqual(['concerts-v0-1', index]);
  });
});

describe('two builds', () => {
  /** Starts a second build, of other documents, while the first is under way. */
  async function interrupted(): Promise<{ first: PromiseSettledResult<unknown>; second: PromiseSettledResult<unknown> }> {
    let second: PromiseSettledResult<unknown> | undefined;
    const other = async (): Promise<void> => {
      await ctx.db.execute('UPDATE index_builds SET definition = ? WHERE finished_at IS NULL', ['another']);
      [second] = await Promise.allSettled([buildIndex(builder(nothing))]);
    };
    const [first] = await Promise.allSettled([buildIndex(builder(once(other)))]);
    if (!second) throw new Error('the first build copied nothing');
    return { first, second };
  }

  it('do not run at once: the second says so and leaves the first alone', async () => {
    const { first, second } = await interrupted();
    expect(second).toMatchObject({ status: 'rejected', reason: { message: 'another build is under way' } });
    expect(first).toMatchObject({ status: 'fulfilled', value: { index: (await look()).live } });
  });

  it('leave the alias where it is when the lock of one is lost', async () => {
    const { live } = await look();
    const loseLock = async (): Promise<void> => {
      const [held] = await ctx.db.query<{ id: number }>("SELECT IS_USED_LOCK(CONCAT(DATABASE(), '-', ?)) AS id", [buildLock]);
      await ctx.db.execute('KILL CONNECTION ?', [held?.id ?? 0]);
    };
    await expect(buildIndex(builder(once(loseLock)))).rejects.toThrow();
    expect((await look()).live).toBe(live);
    const { index } = await buildIndex(builder(nothing));
    expect(await look()).toEqual({ live: index, idle: [] });
  });

  it('would remove the index from under each other without their lock', async () => {
    const { source } = ctx.db;
    const createRunner = source.createQueryRunner.bind(source);
    jest.spyOn(source, 'createQueryRunner').mockImplementation((...mode) => {
      const runner = createRunner(...mode);
      const query = runner.query.bind(runner);
      const name = newId();
      return Object.assign(runner, {
        query: (sql: string, values: unknown[]) => query(sql, sql.includes('_LOCK(') ? [name, ...values.slice(1)] : values),
      });
    });
    const { first, second } = await interrupted();
    const { live } = await look();
    expect(second).toMatchObject({ status: 'fulfilled', value: { index: live } });
    expect(first).toMatchObject({ status: 'rejected' });
  });
});
