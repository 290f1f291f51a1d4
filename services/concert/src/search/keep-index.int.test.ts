import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary } from '@ticketing/common/database';
import { takeNamedLock } from '@ticketing/common/named-lock';
import { withoutGuard } from '@ticketing/common/testing/without-guard';
import type { Context } from '../context.ts';
import { addConcert, createTestContext, newWord, rename, untilFound } from '../testing/test-catalogue.ts';
import { holdKeeper, titleInIndex, withoutEvents } from '../testing/test-index.ts';
import { buildIndex } from './build-index.ts';
import { createCatchUp } from './catch-up.ts';
import { buildLock, forgetBuild, readBuilds } from './index-builds.ts';
import { indexAlias } from './index-definition.ts';
import { createIndexKeeper } from './keep-index.ts';
import type { SearchIndex } from './search-index.ts';

let ctx: Context;
let letKeep: () => Promise<void>;
let live: string;
beforeAll(async () => {
  ctx = await createTestContext();
  letKeep = await holdKeeper(ctx);
  live = (await buildIndex({ ...ctx, index: ctx.bulk, replicas: 0 })).index;
});
afterAll(async () => {
  await letKeep();
  await ctx.stop();
});

/** One turn of catching up, by what is known of the index. */
async function catchUp(db = ctx.db, index = ctx.index, turn = createCatchUp({ db, index, log: ctx.log })): Promise<void> {
  const builds = await readBuilds(ctx.db);
  await turn(
    live,
    builds.find(({ name }) => name === live),
  );
}

/** Renames a concert so that no event tells of it, some time ago. */
async function renameUnheard(concertId: string, title: string, secondsAgo: number): Promise<void> {
  await rename({ ...ctx, db: withoutEvents(ctx.db) }, concertId, title);
  await ctx.db.execute('UPDATE concerts SET changed_at = changed_at - INTERVAL ? SECOND, indexed_version = version WHERE id = ?', [
    ...[secondsAgo, idToBinary(concertId)],
  ]);
}

async function indexedConcert(): Promise<{ id: string; old: string }> {
  const old = newWord();
  const id = await addConcert(ctx, { title: old, artist: newWord() });
  await untilFound(ctx, { q: old }, [id]);
  return { id, old };
}

describe('catching up', () => {
  it('brings in what instances of another build took as an event, also when it took long to be committed', async () => {
    const { id } = await indexedConcert();
    await catchUp();
    const title = newWord();
    await renameUnheard(id, title, 20);
    await catchUp();
    expect(await titleInIndex(ctx, id)).toBe(title);
  });

  it('would leave it as it was if concerts that are marked as indexed were done', async () => {
    const { id, old } = await indexedConcert();
    await catchUp();
    const title = newWord();
    await renameUnheard(id, title, 20);
    await catchUp(withoutGuard(ctx.db, 'WHERE changed_at >= ?', 'WHERE is_unindexed = 1 AND changed_at >= ?'));
    expect(await titleInIndex(ctx, id)).toBe(old);
    await catchUp();
    expect(await titleInIndex(ctx, id)).toBe(title);
  });

  it('writes nothing again that its last turn has seen', async () => {
    const { id } = await indexedConcert();
    await renameUnheard(id, newWord(), 20);
    let asked = 0;
    const index: SearchIndex = {
      ...ctx.index,
      work: (question) => {
        asked += 1;
        return ctx.index.work(question);
      },
    };
    const turn = createCatchUp({ db: ctx.db, index, log: ctx.log });
    await catchUp(ctx.db, index, turn);
    const before = asked;
    await catchUp(ctx.db, index, turn);
    expect([before > 0, asked]).toEqual([true, before]);
  });

  it('copies everything into an index of which nothing is known', async () => {
    const { id } = await indexedConcert();
    const title = newWord();
    await renameUnheard(id, title, 100_000_000);
    await forgetBuild(ctx.db, live);
    await catchUp();
    expect(await titleInIndex(ctx, id)).toBe(title);
    expect((await readBuilds(ctx.db)).find(({ name }) => name === live)).toMatchObject({ finished: true, abandoned: false });
  });
});

describe('the keeper', () => {
  const turn = (index = ctx.index) => createIndexKeeper({ ...ctx, index, replicas: 0 })(new AbortController().signal);
  const present = async (): Promise<string[]> =>
    Object.keys(await ctx.index.work((client, options) => client.indices.get({ index: 'concerts-*' }, options)));

  /** An index without documents, and what is noted of it. */
  async function addIndex(index: string, noted?: { finished: boolean; days: number }): Promise<string> {
    await ctx.index.work((client, options) => client.indices.create({ index }, options));
    if (noted) {
      await ctx.db.execute(
        `INSERT INTO index_builds (index_name, started_at, copied_to, finished_at, kept_at)
         VALUES (?, UTC_TIMESTAMP(3), '', IF(?, UTC_TIMESTAMP(3), NULL), UTC_TIMESTAMP(3) - INTERVAL ? DAY)`,
        [index, noted.finished, noted.days],
      );
    }
    return index;
  }

  it('removes indices that nobody needs: leftovers, and after two weeks those of other definitions', async () => {
    const [orphan, old, begun, kept, left] = [
      await addIndex(`${indexAlias}-1`),
      await addIndex(`${indexAlias}-2`, { finished: true, days: 0 }),
      await addIndex(`${indexAlias}-3`, { finished: false, days: 13 }),
      await addIndex('concerts-v0-1', { finished: true, days: 13 }),
      await addIndex('concerts-v0-2', { finished: true, days: 15 }),
    ];
    await turn();
    const names = await present();
    const noted = (await readBuilds(ctx.db)).map(({ name }) => name);
    for (const name of [live, begun, kept]) expect([name, names.includes(name), noted.includes(name)]).toEqual([name, true, true]);
    for (const name of [orphan, old, left]) expect([name, names.includes(name), noted.includes(name)]).toEqual([name, false, false]);
    await ctx.db.execute('UPDATE index_builds SET kept_at = kept_at - INTERVAL 2 DAY WHERE index_name IN (?)', [[begun, kept]]);
    await turn();
    expect((await present()).filter((name) => [begun, kept].includes(name))).toEqual([]);
  });

  it('removes nothing, and makes no second index, while a build is under way', async () => {
    const lock = await takeNamedLock(ctx.db, buildLock, 0);
    const orphan = await addIndex(`${indexAlias}-4`);
    await turn();
    expect(await present()).toContain(orphan);
    await turn({ ...ctx.index, look: () => Promise.resolve({ live: undefined, idle: [] }) });
    await lock?.release();
    await turn();
    expect(await present()).not.toContain(orphan);
    expect((await readBuilds(ctx.db)).filter(({ finished }) => !finished)).toEqual([]);
  });
});
