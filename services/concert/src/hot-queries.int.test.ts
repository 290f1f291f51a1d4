import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary } from '@ticketing/common/database';
import { type ExplainedStatement, explained, wholeScans } from '@ticketing/common/testing/explained';
import { writePlans } from '@ticketing/common/testing/plan-table';
import { UpdateConcertRequestSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { createCatalogueCache } from './concerts/catalogue-cache.ts';
import { loadConcert, selectConcerts } from './concerts/listed-concert.ts';
import { updateConcert } from './concerts/update-concert.ts';
import type { Context } from './context.ts';
import { findInCatalogue } from './search/find-in-catalogue.ts';
import { readQuery } from './search/read-query.ts';
import type { SearchQuery } from './search/search-query.ts';
import { suggestFromCatalogue } from './search/suggest-from-catalogue.ts';
import { readTypedName } from './search/typed-name.ts';
import { fillCatalogue } from './testing/many-concerts.ts';
import { addConcert, addPerformance, createTestContext, newWord } from './testing/test-catalogue.ts';

// Enough for the optimizer to prefer an index.
const concerts = 4_000;

let ctx: Context;
let id: string;
const plans: Record<string, ExplainedStatement[]> = {};
beforeAll(async () => {
  ctx = await createTestContext();
  id = await addConcert(ctx, { title: `${newWord()} 콘서트`, artist: newWord() });
  await addPerformance(ctx, id, '2032-03-01T10:00:00Z');
  const concert = await loadConcert(ctx.db, id);
  if (!concert) throw new Error('the concert is not in the catalogue');
  await fillCatalogue(ctx.db, concerts, concert.venue);
}, 600_000);
afterAll(async () => {
  const tables: Record<string, number> = {};
  for (const table of ['concerts', 'concert_words', 'performances', 'venues']) {
    const [row] = await ctx.db.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`);
    tables[table] = row?.n ?? 0;
  }
  writePlans('concert', tables, plans);
  await ctx.stop();
});

const everything: SearchQuery = {
  ...{ readings: [], artists: [], cities: [], status: undefined, from: '', to: '', sort: 'relevance', limit: 20, after: undefined },
  now: new Date(),
};

async function searching(q: string): Promise<SearchQuery> {
  return { ...everything, readings: readQuery(q, await ctx.synonyms.thesaurus()) };
}

async function typing(q: string) {
  return readTypedName(q, await ctx.synonyms.thesaurus());
}

const hotPaths: Record<string, (db: Context['db']) => Promise<unknown>> = {
  'a concert': (db) => createCatalogueCache(db).concert(id),
  'its performances': (db) =>
    db.query('SELECT id, starts_at FROM performances WHERE concert_id = ? ORDER BY starts_at, id', [idToBinary(id)]),
  'the first page': (db) => findInCatalogue(db, everything),
  'a later page': (db) => findInCatalogue(db, { ...everything, after: { by: 'date', on: '2032-06-01', id } }),
  'a month': (db) => findInCatalogue(db, { ...everything, from: '2032-05-01', to: '2032-05-31' }),
  'an artist': (db) => findInCatalogue(db, { ...everything, artists: ['아이유', 'iu'] }),
  'a common word': async (db) => findInCatalogue(db, await searching('jazz')),
  'a common word, later page': async (db) =>
    findInCatalogue(db, { ...(await searching('jazz')), after: { by: 'date', on: '2032-06-01', id } }),
  'a rare and a common word': async (db) => findInCatalogue(db, await searching('가나 jazz')),
  'two common words': async (db) => findInCatalogue(db, await searching('jazz night')),
  'a beginning': async (db) => findInCatalogue(db, await searching('가나ㄷ')),
  'initials in a city': async (db) => findInCatalogue(db, { ...(await searching('ㄱㄴㄷ')), cities: ['수원'] }),
  suggestions: async (db) => suggestFromCatalogue(db, await typing('가나'), 10),
  'what the index lacks': (db) =>
    selectConcerts(
      db,
      'WHERE c.is_unindexed = 1 AND c.changed_at < UTC_TIMESTAMP(3) - INTERVAL 5 SECOND ORDER BY c.changed_at LIMIT 500',
      [],
    ),
  'what has changed': (db) => db.query('SELECT id FROM concerts WHERE changed_at >= UTC_TIMESTAMP(3) ORDER BY changed_at, id LIMIT 500'),
  'a change': (db) => updateConcert({ ...ctx, db }, create(UpdateConcertRequestSchema, { concertId: id, title: newWord() })),
};

describe('hot paths', () => {
  it.each(Object.keys(hotPaths))('read no table as a whole: %s', async (name) => {
    const { db, statements } = explained(ctx.db);
    await hotPaths[name]?.(db);
    plans[name] = statements;
    expect(statements.length).toBeGreaterThan(0);
    expect(wholeScans(statements)).toEqual([]);
  });

  it('would be found reading a table as a whole', async () => {
    const { db, statements } = explained(ctx.db);
    await db.query("SELECT id FROM concerts WHERE description LIKE '%night%' LIMIT 5");
    expect(wholeScans(statements)).toHaveLength(1);
  });
});
