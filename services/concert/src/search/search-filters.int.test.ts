import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary } from '@ticketing/common/database';
import {
  PutSynonymsRequestSchema,
  SearchConcertsRequestSchema,
  SuggestConcertsRequestSchema,
} from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { writeViews } from '../concerts/count-views.ts';
import type { Context } from '../context.ts';
import { getSynonyms } from '../synonyms/get-synonyms.ts';
import { putSynonyms } from '../synonyms/put-synonyms.ts';
import { type BrokenSearch, breakSearch } from '../testing/broken-search.ts';
import {
  addConcert,
  addPerformance,
  allPages,
  createTestContext,
  newWord,
  organiser,
  rename,
  search,
  untilFound,
} from '../testing/test-catalogue.ts';
import { searchConcerts } from './search-concerts.ts';
import { suggestConcerts } from './suggest-concerts.ts';

let ctx: Context;
let broken: BrokenSearch;
beforeAll(async () => {
  ctx = await createTestContext();
  broken = await breakSearch(ctx);
});
afterAll(async () => {
  await broken.close();
  await ctx.stop();
});

async function suggest(context: Context, q: string): Promise<string[]> {
  const { items = [] } = await suggestConcerts(context, create(SuggestConcertsRequestSchema, { q }));
  return items.map(({ text = '' }) => text);
}

/** Takes a concert to the year 2021, where nothing can be scheduled any more. */
async function letPass(concertId: string): Promise<void> {
  const id = idToBinary(concertId);
  const start = '2021-05-02 16:00:00';
  await ctx.db.execute('UPDATE performances SET starts_at = ?, sale_opens_at = ? WHERE concert_id = ?', [start, start, id]);
  await ctx.db.execute(
    'UPDATE concerts SET starts_on = ?, ends_on = ?, listed_on = ?, last_starts_at = ?, sale_opens_at = ? WHERE id = ?',
    ['2021-05-03', '2021-05-03', '2021-05-03', start, start, id],
  );
  await rename(ctx, concertId, newWord());
}

describe('index and catalogue alike', () => {
  it('find by letters, initials, spacing, synonyms and parts', async () => {
    const word = newWord();
    const id = await addConcert(ctx, {
      title: `아이유 골든 아워 ${word}`,
      artist: `아이유 ${word}`,
      description: '여름밤의 노래를 부릅니다',
    });
    await untilFound(ctx, { q: word }, [id]);
    const queries = ['아이유', 'iu', 'ㅇㅇㅇ', '아ㅇ', '골든아워', '아이유콘서트', '노래', word.slice(0, 6), 'IU concert', '수원'];
    for (const context of [ctx, broken.ctx]) {
      for (const q of queries) {
        const { ids } = await search(context, { q: `${word} ${q}`, limit: 100 });
        expect([q, ids]).toEqual([q, [id]]);
      }
      expect((await search(context, { q: `수원 바이올린 ${newWord()}` })).ids).toEqual([]);
      expect((await search(context, { q: ' %_! ' })).ids).toEqual([]);
    }
  });

  it('find all words that begin like what was typed', async () => {
    const word = newWord();
    const ids: string[] = [];
    for (const end of ['ta', 'tb', 'tc', 'v']) ids.push(await addConcert(ctx, { title: `${word}${end}`, artist: newWord() }));
    await untilFound(ctx, { q: word }, ids);
    for (const context of [ctx, broken.ctx]) {
      for (const q of [`${word}t`, `${word}t 수원`]) {
        const pages = await allPages(() => context, { q, limit: 2 });
        expect([q, pages.flatMap((page) => page.ids).toSorted()]).toEqual([q, ids.slice(0, 3).toSorted()]);
      }
    }
  });

  it('filter by city and status, in either language', async () => {
    const artist = newWord();
    const [past, open] = [await addConcert(ctx, { title: newWord(), artist }), await addConcert(ctx, { title: newWord(), artist })];
    await addPerformance(ctx, past, '2031-05-02T16:00:00Z');
    await letPass(past);
    await addPerformance(ctx, open, '2031-05-02T16:00:00Z');
    await untilFound(ctx, { q: artist, from: '2031-01-01' }, [open]);
    await untilFound(ctx, { q: artist, to: '2022-01-01' }, [past]);
    for (const context of [ctx, broken.ctx]) {
      expect((await search(context, { q: artist, artist, status: 'ENDED' })).ids).toEqual([past]);
      // The sale of test concerts opens in 2030.
      expect((await search(context, { q: artist, artist, status: 'SCHEDULED' })).ids).toEqual([open]);
      expect((await search(context, { q: artist, artist, status: 'ON_SALE' })).ids).toEqual([]);
      expect((await search(context, { q: artist, artist, city: '수원' })).ids).toEqual([past, open]);
      expect((await search(context, { q: artist, artist, city: '서울' })).ids).toEqual([]);
    }
  });

  it('have no concert without a date before any date', async () => {
    const artist = newWord();
    const [dated, open] = [await addConcert(ctx, { title: newWord(), artist }), await addConcert(ctx, { title: newWord(), artist })];
    await addPerformance(ctx, dated, '2031-05-02T16:00:00Z');
    await untilFound(ctx, { q: artist, from: '2031-01-01' }, [dated]);
    await untilFound(ctx, { q: artist }, [dated, open]);
    for (const context of [ctx, broken.ctx]) {
      for (const to of ['2031-05-03', '9999-12-30', '9999-12-31']) {
        expect([to, (await search(context, { artist, to })).ids]).toEqual([to, [dated]]);
        expect([to, (await search(context, { q: artist, to })).ids]).toEqual([to, [dated]]);
      }
    }
  });

  it('mark what was found', async () => {
    const word = newWord();
    const id = await addConcert(ctx, { title: `${word} <b>`, artist: newWord() });
    await untilFound(ctx, { q: word }, [id]);
    for (const context of [ctx, broken.ctx]) {
      const { result } = await searchConcerts(context, create(SearchConcertsRequestSchema, { q: word }));
      const highlights = result?.case === 'page' ? result.value.highlights : [];
      expect(highlights).toMatchObject([{ concertId: id, title: `<mark>${word}</mark> &#60;b&#62;`, artist: '' }]);
    }
  });
});

describe('a search with words', () => {
  it('can be in the order of dates, without the misspelt ones that relevance would leave out', async () => {
    const word = newWord();
    const almost = `${word.slice(0, 4)}${word.slice(5)}`;
    const ids: string[] = [];
    for (const [title, month] of [
      [word, '03'],
      [`${word} ${word}`, '01'],
      [almost, '02'],
      [word, '02'],
    ] as const) {
      const id = await addConcert(ctx, { title, artist: newWord() });
      await addPerformance(ctx, id, `2031-${month}-10T10:00:00Z`);
      ids.push(id);
    }
    await untilFound(ctx, { q: almost, from: '2031-02-01' }, [ids[2]!]);
    await untilFound(ctx, { q: word, from: '2031-02-01' }, [ids[0]!, ids[3]!]);
    await untilFound(ctx, { q: word, from: '2031-01-01' }, [ids[0]!, ids[1]!, ids[3]!]);
    const byDate = [ids[1], ids[3], ids[0]];
    expect((await search(ctx, { q: word, sort: 'date' })).ids).toEqual(byDate);
    const pages = await allPages(() => ctx, { q: word, sort: 'date', limit: 1 });
    expect(pages.flatMap((page) => page.ids)).toEqual(byDate);
    const ranked = await allPages(() => ctx, { q: word, limit: 1 });
    expect(ranked.flatMap((page) => page.ids).toSorted()).toEqual(byDate.toSorted());
  });
});

describe('suggestions', () => {
  it('are distinct, no more than ten, and the most popular first', async () => {
    const word = newWord();
    const titles = Array.from({ length: 12 }, (_, number) => `${word}${String.fromCharCode(97 + number)}`);
    const ids: string[] = [];
    for (const title of [...titles, titles[0]!]) ids.push(await addConcert(ctx, { title, artist: word }));
    await untilFound(ctx, { q: word }, ids);
    await writeViews(
      ctx,
      new Map([
        [ids[11]!, 1_000],
        [ids[10]!, 100],
      ]),
    );
    await untilFound(ctx, { q: titles[11]! }, [ids[11]!]);
    for (const context of [ctx, broken.ctx]) {
      const texts = await suggest(context, word.slice(0, 7));
      expect(texts).toHaveLength(10);
      expect(new Set(texts).size).toBe(10);
      expect(texts).toContain(word);
    }
    const popular = await suggest(broken.ctx, word);
    expect(popular.filter((text) => text !== word).slice(0, 2)).toEqual([titles[11], titles[10]]);
  });

  it('have what begins as it was typed before what is more popular', async () => {
    const [word, common] = [newWord(), newWord()];
    const begins = await addConcert(ctx, { title: `${word} ${common}`, artist: common });
    const popular: string[] = [];
    for (let number = 0; number < 11; number += 1) {
      popular.push(await addConcert(ctx, { title: `${common}${String.fromCharCode(97 + number)} ${word}`, artist: common }));
    }
    await writeViews(ctx, new Map(popular.map((id) => [id, 100])));
    await untilFound(ctx, { q: word }, [begins, ...popular]);
    for (const context of [ctx, broken.ctx]) {
      const texts = await suggest(context, word);
      expect(texts).toHaveLength(10);
      expect(texts[0]).toBe(`${word} ${common}`);
    }
  });

  it('tell artists apart that look different, as filters do', async () => {
    const word = newWord();
    const artists = ['ハハ', 'パパ', '🍣', '🍺'].map((name) => `${word} ${name}`);
    const ids = await Promise.all(artists.map((artist) => addConcert(ctx, { title: newWord(), artist })));
    await untilFound(ctx, { q: word }, ids);
    for (const context of [ctx, broken.ctx]) {
      expect((await suggest(context, word)).toSorted()).toEqual(artists.toSorted());
      for (const index of [2, 3]) expect((await search(context, { q: word, artist: artists[index]! })).ids).toEqual([ids[index]]);
    }
  });

  it('know what else a name is called', async () => {
    expect(await suggest(ctx, ' %! ')).toEqual([]);
    const word = newWord();
    const id = await addConcert(ctx, { title: word, artist: `잔나비 ${word}` });
    await untilFound(ctx, { q: word }, [id]);
    for (const context of [ctx, broken.ctx]) expect(await suggest(context, `잔나비${word.slice(0, 4)}`)).toEqual([`잔나비 ${word}`]);
  });
});

describe('synonyms', () => {
  afterAll(async () => {
    await putSynonyms(ctx, create(PutSynonymsRequestSchema, { actor: organiser, groups: [] }));
  });

  it('are edited without indexing anew', async () => {
    const [word, other] = [newWord(), newWord()];
    const id = await addConcert(ctx, { title: word, artist: newWord() });
    await untilFound(ctx, { q: word }, [id]);
    expect((await search(ctx, { q: other })).ids).toEqual([]);
    await putSynonyms(ctx, create(PutSynonymsRequestSchema, { actor: organiser, groups: [{ words: [word, other] }] }));
    expect((await getSynonyms(ctx)).groups).toEqual([{ words: [word, other] }]);
    for (const context of [ctx, broken.ctx]) expect((await search(context, { q: other })).ids).toEqual([id]);
    await putSynonyms(ctx, create(PutSynonymsRequestSchema, { actor: organiser, groups: [] }));
    expect((await getSynonyms(ctx)).groups?.length).toBeGreaterThan(50);
    expect((await search(ctx, { q: other })).ids).toEqual([]);
  });
});
