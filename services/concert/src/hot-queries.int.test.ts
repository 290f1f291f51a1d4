import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { type ExplainedStatement, explained, wholeScans } from '@ticketing/common/testing/explained';
import { writePlans } from '@ticketing/common/testing/plan-table';
import {
  AuthorizeRequestSchema,
  DescribePerformancesRequestSchema,
  GetRoomRegistrationRequestSchema,
  RegisterRoomRequestSchema,
  UpdateConcertRequestSchema,
} from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import {
  CancelPerformanceRequestSchema,
  ListOwnConcertsRequestSchema,
  UpdatePerformanceRequestSchema,
} from '@ticketing/contracts/gen/ticketing/concert/v1/organiser_pb';
import { authorize } from './access/authorize.ts';
import { createCatalogueCache } from './concerts/catalogue-cache.ts';
import { writeViews } from './concerts/count-views.ts';
import { listOwnConcerts } from './concerts/list-own-concerts.ts';
import { loadConcert } from './concerts/listed-concert.ts';
import { updateConcert } from './concerts/update-concert.ts';
import type { Context } from './context.ts';
import { cancelPerformance } from './performances/cancel-performance.ts';
import { describePerformances } from './performances/describe-performances.ts';
import { updatePerformance } from './performances/update-performance.ts';
import { getRoomRegistration } from './rooms/get-room-registration.ts';
import { registerRoom } from './rooms/register-room.ts';
import { checkRange } from './search/check-index.ts';
import { findChanged } from './search/copy-changes.ts';
import { findInCatalogue } from './search/find-in-catalogue.ts';
import { readQuery } from './search/read-query.ts';
import type { SearchQuery } from './search/search-query.ts';
import { suggestFromCatalogue } from './search/suggest-from-catalogue.ts';
import { readTypedName } from './search/typed-name.ts';
import { readSynonyms } from './synonyms/synonyms.ts';
import { fillCatalogue, filledTables, type IdRange } from './testing/many-concerts.ts';
import { writeSearchRace } from './testing/search-race.ts';
import { addConcert, addPerformance, createTestContext, newWord, operator, organiser, untilFound } from './testing/test-catalogue.ts';

let ctx: Context;
let id: string;
let performanceId: string;
let worded: IdRange[] = [];
const rare = newWord();
const plans: Record<string, ExplainedStatement[]> = {};
beforeAll(async () => {
  ctx = await createTestContext();
  id = await addConcert(ctx, { title: `${newWord()} 콘서트`, artist: rare });
  performanceId = await addPerformance(ctx, id, '2032-03-01T10:00:00Z');
  const concert = await loadConcert(ctx.db, id);
  if (!concert) throw new Error('the concert is not in the catalogue');
  // A stack that has just started makes its index now.
  await untilFound(ctx, { q: rare }, [id]);
  worded = await fillCatalogue(ctx.db, concert.venue);
}, 900_000);
afterAll(async () => {
  await writePlans({ service: 'concert', tables: filledTables, statements: plans });
  await writeSearchRace({ worded, queries: { ...queries, 'a rare word': rare }, search: searchByWords });
  await ctx.stop();
}, 900_000);

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

// How the same concerts are found in other ways is written down beside it.
const queries = {
  'a common word': 'jazz',
  'two common words': 'jazz night',
  'a word and a common one': '가나 jazz',
  'a beginning': '가나',
  'a syllable that is not finished': '가낟',
};

async function searchByWords(db: Context['db'], q: string): Promise<number> {
  const { ids, next } = await findInCatalogue(db, await searching(q));
  return ids.length + (next ? 1 : 0);
}

const hotPaths: Record<string, (db: Context['db']) => Promise<unknown>> = {
  'a concert': (db) => createCatalogueCache(db).concert(id),
  'its performances': (db) => createCatalogueCache(db).performances(id),
  'performances by name': (db) =>
    describePerformances({ ...ctx, db }, create(DescribePerformancesRequestSchema, { performanceIds: [performanceId] })),
  'the first page': (db) => findInCatalogue(db, everything),
  'a later page': (db) => findInCatalogue(db, { ...everything, after: { by: 'date', on: '2032-06-01', id } }),
  'a month': (db) => findInCatalogue(db, { ...everything, from: '2032-05-01', to: '2032-05-31' }),
  'what is on sale': (db) => findInCatalogue(db, { ...everything, status: 'ON_SALE' }),
  'what is to come': (db) => findInCatalogue(db, { ...everything, status: 'SCHEDULED' }),
  'what is cancelled': (db) => findInCatalogue(db, { ...everything, status: 'CANCELLED' }),
  'concerts of an organiser': (db) => listOwnConcerts({ db }, create(ListOwnConcertsRequestSchema, { actor: organiser })),
  'concerts of all': (db) => listOwnConcerts({ db }, create(ListOwnConcertsRequestSchema, { actor: operator })),
  'what is over': (db) => findInCatalogue(db, { ...everything, status: 'ENDED' }),
  'a city': (db) => findInCatalogue(db, { ...everything, cities: ['도시 7'] }),
  'a city that has none': (db) => findInCatalogue(db, { ...everything, cities: ['어디에도'] }),
  'a month in a city': (db) => findInCatalogue(db, { ...everything, from: '2032-05-01', to: '2032-05-31', cities: ['도시 7'] }),
  'an artist': (db) => findInCatalogue(db, { ...everything, artists: ['아이유', 'iu'] }),
  'a common word': async (db) => findInCatalogue(db, await searching('jazz')),
  'a common word, later page': async (db) =>
    findInCatalogue(db, { ...(await searching('jazz')), after: { by: 'date', on: '2032-06-01', id } }),
  'a common word on sale': async (db) => findInCatalogue(db, { ...(await searching('jazz')), status: 'ON_SALE' }),
  'a rare and a common word': async (db) => findInCatalogue(db, await searching('가나 jazz')),
  'two common words': async (db) => findInCatalogue(db, await searching('jazz night')),
  'a beginning': async (db) => findInCatalogue(db, await searching('가나ㄷ')),
  'a misspelt word': async (db) => findInCatalogue(db, await searching('가너더랴')),
  'a word and one that nothing has': async (db) => findInCatalogue(db, await searching('jazz qqqqqq')),
  'a letter': async (db) => findInCatalogue(db, await searching('j')),
  'a common word and a beginning': async (db) => findInCatalogue(db, await searching('jazz 가나ㄷ')),
  'what is over, from tomorrow': (db) => findInCatalogue(db, { ...everything, status: 'ENDED', from: '2099-01-01' }),
  'initials in a city': async (db) => findInCatalogue(db, { ...(await searching('ㄱㄴㄷ')), cities: ['수원'] }),
  suggestions: async (db) => suggestFromCatalogue(db, await typing('가나')),
  'what has changed': (db) => findChanged(db, { after: new Date(), afterId: Buffer.alloc(16), until: new Date() }),
  'a part of the index that is checked': (db) => checkRange({ db, index: ctx.index }, id),
  'views of a concert': (db) => writeViews({ ...ctx, db }, new Map([[id, 100]])),
  'a waiting room': (db) => getRoomRegistration({ db }, create(GetRoomRegistrationRequestSchema, { concertId: id })),
  'a waiting room that is registered': (db) =>
    registerRoom({ db }, create(RegisterRoomRequestSchema, { concertId: id, epoch: newId(), drawCommitment: '0'.repeat(64) })),
  'who may manage a room': (db) => authorize({ ...ctx, db }, create(AuthorizeRequestSchema, { actor: organiser, concertId: id })),
  synonyms: (db) => readSynonyms(db),
  'a change': (db) =>
    updateConcert({ ...ctx, db }, create(UpdateConcertRequestSchema, { concertId: id, title: newWord(), actor: organiser })),
  'a concert that is added': (db) => addConcert({ ...ctx, db }, { title: newWord(), artist: newWord() }),
  'a performance that is added': (db) => addPerformance({ ...ctx, db }, id, '2032-03-02T10:00:00Z'),
  'a performance that is moved': (db) => {
    const startsAt = timestampFromDate(new Date('2032-03-03T10:00:00Z'));
    return updatePerformance({ ...ctx, db }, create(UpdatePerformanceRequestSchema, { actor: organiser, performanceId, startsAt }));
  },
  'a performance that is cancelled': (db) =>
    cancelPerformance({ ...ctx, db }, create(CancelPerformanceRequestSchema, { actor: organiser, performanceId })),
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
    // The beginning of half of all words, sorted for a page.
    await db.query("SELECT DISTINCT listed_on, concert_id FROM concert_words WHERE word LIKE 'j%' ORDER BY listed_on, concert_id LIMIT 21");
    expect(wholeScans(statements)).toHaveLength(2);
  });
});
