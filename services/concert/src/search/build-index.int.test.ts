import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import { UpdateConcertRequestSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { z } from 'zod';
import { type ListedConcert, loadConcert, toConcertEvent } from '../concerts/listed-concert.ts';
import { updateConcert } from '../concerts/update-concert.ts';
import type { Context } from '../context.ts';
import { addConcert, createTestContext, newWord, untilFound } from '../testing/test-catalogue.ts';
import { buildIndex, type IndexBuilder } from './build-index.ts';
import { checkRange, type Drift, repairDrift } from './check-index.ts';
import { indexAlias } from './index-definition.ts';
import type { SearchIndex } from './search-index.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

const builder = (progress: NonNullable<IndexBuilder['progress']>): IndexBuilder => ({
  db: ctx.db,
  index: ctx.index,
  replicas: 0,
  progress,
});
const rename = (concertId: string, title: string) => updateConcert(ctx, create(UpdateConcertRequestSchema, { concertId, title }));

async function listed(id: string): Promise<ListedConcert> {
  const concert = await loadConcert(ctx.db, id);
  if (!concert) throw new Error('the concert is not in the catalogue');
  return concert;
}

/** Does something after the first batch whose concerts are all copied; later batches have nothing to edit. */
function once(work: () => Promise<void>): NonNullable<IndexBuilder['progress']> {
  let done = false;
  return async (copied, total) => {
    if (done || copied < total) return;
    done = true;
    await work();
  };
}

async function titleInIndex(id: string): Promise<string | undefined> {
  const found = await ctx.index.work(async (client, options) => {
    await client.indices.refresh({ index: indexAlias }, options);
    return client.get<{ title: string }>({ index: indexAlias, id }, options);
  });
  return found._source?.title;
}

const found = z.object({ hits: z.object({ hits: z.array(z.object({ _id: z.string(), _version: z.number() })) }) });

/** The same database, in which no event is written. */
function withoutEvents(db: Context['db']): Context['db'] {
  return {
    ...db,
    transaction: (work) =>
      db.transaction((tx) =>
        work({ ...tx, execute: (sql, values) => (sql.includes('outbox_events') ? Promise.resolve(0) : tx.execute(sql, values)) }),
      ),
  };
}

async function driftOfAll(index: Pick<SearchIndex, 'work'>): Promise<Drift> {
  const all: Drift = { checked: 0, missing: [], stale: [], extra: [], next: undefined };
  let after: string | undefined;
  do {
    const drift = await checkRange({ db: ctx.db, index }, after);
    all.checked += drift.checked;
    for (const kind of ['missing', 'stale'] as const) all[kind].push(...drift[kind]);
    all.extra.push(...drift.extra);
    after = drift.next;
  } while (after !== undefined);
  return all;
}

describe('buildIndex', () => {
  it('replaces the index that answers, and loses no edit that is made meanwhile', async () => {
    const [artist, word] = [newWord(), newWord()];
    const ids: string[] = [];
    for (let number = 0; number < 5; number += 1) ids.push(await addConcert(ctx, { title: `${word} ${number}`, artist }));
    await untilFound(ctx, { artist }, ids);
    // Each concert is edited after it was copied, and its event goes to the index that still answers.
    const edit = async (): Promise<void> => {
      await Promise.all(ids.map((id, number) => rename(id, `${word} edited ${number}`)));
      await untilFound(ctx, { q: `${word} edited` }, ids);
    };
    const { concerts } = await buildIndex(builder(once(edit)));
    expect(concerts).toBeGreaterThanOrEqual(5);
    await untilFound(ctx, { q: `${word} edited` }, ids);
    for (const [number, id] of ids.entries()) expect(await titleInIndex(id)).toBe(`${word} edited ${number}`);
    const present = await ctx.index.work((client, options) => client.indices.get({ index: `${indexAlias}-*` }, options));
    expect(Object.values(present).filter(({ aliases }) => aliases && Object.hasOwn(aliases, indexAlias))).toHaveLength(1);
  });

  it('goes on where it was cut short, in the same index', async () => {
    const id = await addConcert(ctx, { title: newWord(), artist: newWord() });
    const dies = (): void => {
      throw new Error('the process dies here');
    };
    await expect(buildIndex(builder(dies))).rejects.toThrow('dies here');
    const [unfinished] = await ctx.db.query<{ index_name: string; copied: number }>(
      'SELECT index_name, copied FROM index_builds WHERE finished_at IS NULL',
    );
    expect(unfinished?.copied).toBeGreaterThan(0);
    // What was copied is edited before the build goes on.
    const title = newWord();
    await rename(id, title);
    const { index } = await buildIndex(builder(() => undefined));
    expect(index).toBe(unfinished?.index_name);
    expect(await titleInIndex(id)).toBe(title);
    expect(await ctx.db.query('SELECT 1 FROM index_builds WHERE finished_at IS NULL')).toEqual([]);
  });

  it('would lose an edit without copying again what has changed', async () => {
    const [old, title] = [newWord(), newWord()];
    const id = await addConcert(ctx, { title: old, artist: newWord() });
    await untilFound(ctx, { q: old }, [id]);
    const edit = async (): Promise<void> => {
      await rename(id, title);
      await untilFound(ctx, { q: title }, [id]);
    };
    const query: Context['db']['query'] = (sql, values) =>
      sql.includes('changed_at >= ?') ? Promise.resolve([]) : ctx.db.query(sql, values);
    await buildIndex({ ...builder(once(edit)), db: { ...ctx.db, query } });
    expect(await titleInIndex(id)).toBe(old);
    // The index is put right again.
    await repairDrift(ctx, { checked: 1, missing: [], stale: [toConcertEvent(await listed(id))], extra: [], next: undefined });
    expect(await titleInIndex(id)).toBe(title);
  });
});

describe('the drift check', () => {
  it('finds what the index lacks, has too old, or should not have', async () => {
    const [lacking, old] = [
      await addConcert(ctx, { title: newWord(), artist: newWord() }),
      await addConcert(ctx, { title: newWord(), artist: newWord() }),
    ];
    await untilFound(ctx, { q: (await listed(old)).title }, [old]);
    await ctx.db.execute('UPDATE concerts SET changed_at = changed_at - INTERVAL 1 MINUTE WHERE id IN (?)', [
      [lacking, old].map(idToBinary),
    ]);
    const ghost = `${old.slice(0, -12)}${'f'.repeat(12)}`;
    const drift = await driftOfAll({
      work: async (question) => {
        const answer: unknown = await ctx.index.work(question);
        const { hits } = found.parse(answer).hits;
        const kept = hits.filter(({ _id }) => _id !== lacking).map((hit) => (hit._id === old ? { ...hit, _version: 0 } : hit));
        return { hits: { hits: [...kept, ...(hits.some(({ _id }) => _id === old) ? [{ _id: ghost, _version: 1 }] : [])] } } as Awaited<
          ReturnType<typeof question>
        >;
      },
    });
    expect(drift.missing.map(({ concertId }) => concertId)).toEqual([lacking]);
    expect(drift.stale.map(({ concertId }) => concertId)).toEqual([old]);
    expect(drift.extra).toEqual([ghost]);
  });

  it('puts the index right', async () => {
    const id = await addConcert({ ...ctx, db: withoutEvents(ctx.db) }, { title: newWord(), artist: newWord() });
    const ghost = newId();
    const document = { id: ghost, title: 'ghost' };
    await ctx.index.work((client, options) =>
      client.bulk({ index: indexAlias, refresh: true, operations: [{ index: { _id: ghost } }, document] }, options),
    );
    const missing = [toConcertEvent(await listed(id))];
    await repairDrift(ctx, { checked: 1, missing, stale: [], extra: [ghost, id], next: undefined });
    expect(await titleInIndex(id)).toBe(missing[0]?.title);
    await expect(titleInIndex(ghost)).rejects.toThrow();
  });
});
