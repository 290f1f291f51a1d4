import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Database, idToBinary, type SqlValue } from '@ticketing/common/database';
import type { Context } from '../context.ts';
import { addConcert, createTestContext, newWord } from '../testing/test-catalogue.ts';
import { writeViews } from './count-views.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

/** The database, but with a bug in one kind of statement about one concert. */
function stumbling(kind: string, id: string): Database {
  const isBad = (sql: string, values: SqlValue[] = []): boolean =>
    sql.includes(kind) && values.some((value) => Buffer.isBuffer(value) && value.equals(idToBinary(id)));
  const { db } = ctx;
  const execute: Database['execute'] = (sql, values) => (isBad(sql, values) ? Promise.reject(new Error('a bug')) : db.execute(sql, values));
  const transaction: Database['transaction'] = (work) =>
    db.transaction((tx) =>
      work({ ...tx, execute: (sql, values) => (isBad(sql, values) ? Promise.reject(new Error('a bug')) : tx.execute(sql, values)) }),
    );
  return { ...db, execute, transaction };
}

async function viewsOf(id: string): Promise<{ views: number; popularity: number } | undefined> {
  const [row] = await ctx.db.query<{ views: number; popularity: number }>('SELECT views, popularity FROM concerts WHERE id = ?', [
    idToBinary(id),
  ]);
  return row;
}

describe('views of a concert', () => {
  it.each(['SET views', 'SET popularity'])('are written, whatever is wrong with the one before it in %s', async (kind) => {
    const about = { title: newWord(), artist: newWord() };
    const [bad, good] = [await addConcert(ctx, about), await addConcert(ctx, about)];
    const changed: string[] = [];
    const views = new Map([
      [bad, 100],
      [good, 100],
    ]);
    await expect(writeViews({ db: stumbling(kind, bad), changed: (id) => changed.push(id) }, views)).rejects.toThrow('a bug');
    expect(await viewsOf(good)).toEqual({ views: 100, popularity: 2 });
    expect(changed).toEqual([good]);
  });
});
