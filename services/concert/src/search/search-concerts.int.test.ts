import { create } from '@bufbuild/protobuf';
import type { Client, TransportRequestOptions } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { type ServedApp, serveApp } from '@ticketing/common/testing/serve-app';
import { SuggestConcertsRequestSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { z } from 'zod';
import { createApp } from '../app.ts';
import { type ListedConcert, loadConcert, toConcertEvent } from '../concerts/listed-concert.ts';
import type { Context } from '../context.ts';
import { type BrokenSearch, breakSearch } from '../testing/broken-search.ts';
import { addConcert, addPerformance, allPages, createTestContext, newWord, rename, search, untilFound } from '../testing/test-catalogue.ts';
import { indexConcerts } from './index-concerts.ts';
import { indexAlias } from './index-definition.ts';
import type { SearchIndex } from './search-index.ts';
import { suggestConcerts } from './suggest-concerts.ts';

let ctx: Context;
let app: ServedApp;
let broken: BrokenSearch;
beforeAll(async () => {
  ctx = await createTestContext();
  app = await serveApp(createApp(ctx));
  broken = await breakSearch(ctx);
});
afterAll(async () => {
  await broken.close();
  await app.close();
  await ctx.stop();
});

async function listed(concertId: string): Promise<ListedConcert> {
  const concert = await loadConcert(ctx.db, concertId);
  if (!concert) throw new Error('the concert is not in the catalogue');
  return concert;
}

/** Delivers a state of a concert as the sidecar does. */
async function deliver(concert: ListedConcert): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${app.port}/events/performances`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json', 'dapr-api-token': ctx.config.APP_API_TOKEN },
    body: JSON.stringify({ id: newId(), type: 'concert.updated', data: toConcertEvent(concert) }),
  });
  expect(await response.json()).toEqual({ status: 'SUCCESS' });
}

/** A client whose writes carry no versions, so that the last one wins. */
function unversioned(client: Client): Client {
  const bulk = (request: { operations: object[] }, options: TransportRequestOptions) => {
    const operations = request.operations.map((line) => ('index' in line ? { index: { _id: (line.index as { _id: string })._id } } : line));
    return client.bulk({ ...request, operations }, options);
  };
  return Object.assign(Object.create(client) as Client, { bulk });
}

const indexedDocument = z.object({ version: z.number(), title: z.string() });

/** What Elasticsearch has of a concert now, with all that was written before visible to searches. */
async function indexed(id: string): Promise<z.infer<typeof indexedDocument>> {
  const found = await ctx.index.work(async (client, options) => {
    await client.indices.refresh({ index: indexAlias }, options);
    return client.get<{ title: string }>({ index: indexAlias, id }, options);
  });
  return indexedDocument.parse({ version: found._version, title: found._source?.title });
}

async function suggest(context: Context, q: string) {
  const { items = [], degraded } = await suggestConcerts(context, create(SuggestConcertsRequestSchema, { q }));
  return { items: items.map(({ text, kind, concertId }) => ({ text, kind, concertId })), degraded };
}

describe('searchConcerts', () => {
  it('finds a concert that was created and scheduled: by its words, in Korean, misspelt, and while it is typed', async () => {
    const [artist, word] = [newWord(), newWord()];
    const id = await addConcert(ctx, { title: `달빛소나타 콘서트 ${word}`, artist, description: '피아노와 첼로가 만나는 밤' });
    await addPerformance(ctx, id, '2031-05-02T10:00:00Z');
    await untilFound(ctx, { q: word }, [id]);

    for (const q of ['달빛소나타', '콘서트를', '공연', 'concert', '피아노', '수원', '달빛소니타', `공연 ${word}`]) {
      expect([q, (await search(ctx, { q, artist })).ids]).toEqual([q, [id]]);
    }
    const misspelt = `${word.slice(0, 4)}${word.slice(5)}`;
    expect((await search(ctx, { q: misspelt })).ids).toEqual([id]);
    expect((await search(ctx, { q: '바이올린', artist })).ids).toEqual([]);
    // A part is enough where the whole finds nothing, but only if it is part of a name: not 수원, where many play.
    expect((await search(ctx, { q: `${word} 바이올린`, artist })).ids).toEqual([id]);
    expect((await search(ctx, { q: '수원 바이올린', artist })).ids).toEqual([]);

    expect(await suggest(ctx, word.slice(0, 6))).toEqual({
      items: [{ text: `달빛소나타 콘서트 ${word}`, kind: 'title', concertId: id }],
      degraded: false,
    });
    expect(await suggest(ctx, artist.slice(0, 6))).toEqual({ items: [{ text: artist, kind: 'artist', concertId: '' }], degraded: false });
  });

  it('filters by local dates at the venue', async () => {
    const artist = newWord();
    const id = await addConcert(ctx, { title: newWord(), artist });
    // In Seoul it is already the third of May.
    await addPerformance(ctx, id, '2031-05-02T16:00:00Z');
    await untilFound(ctx, { q: artist, artist, from: '2031-05-03' }, [id]);
    for (const context of [ctx, broken.ctx]) {
      expect((await search(context, { q: artist, artist, from: '2031-05-03', to: '2031-05-03' })).ids).toEqual([id]);
      expect((await search(context, { q: artist, artist, from: '2031-05-04' })).ids).toEqual([]);
      expect((await search(context, { q: artist, artist, to: '2031-05-02' })).ids).toEqual([]);
    }
  });

  it('shows a new title under a higher version, and no older event brings the old one back', async () => {
    const [artist, oldWord, newerWord] = [newWord(), newWord(), newWord()];
    const id = await addConcert(ctx, { title: oldWord, artist });
    await untilFound(ctx, { q: oldWord }, [id]);
    const before = await listed(id);

    const { result } = await rename(ctx, id, newerWord);
    expect(result).toMatchObject({ case: 'concert', value: { id, title: newerWord, artist } });
    expect((await listed(id)).version).toBe(before.version + 1);
    await untilFound(ctx, { q: newerWord }, [id]);
    expect(await indexed(id)).toEqual({ version: before.version + 1, title: newerWord });

    await deliver(before);
    await deliver(await listed(id));
    await deliver(before);
    expect(await indexed(id)).toEqual({ version: before.version + 1, title: newerWord });
    expect((await search(ctx, { q: oldWord, artist })).ids).toEqual([]);
    expect((await search(ctx, { q: newerWord, artist })).ids).toEqual([id]);
  });

  it('would bring the old title back if the index took writes without their versions', async () => {
    const [artist, oldWord, newerWord] = [newWord(), newWord(), newWord()];
    const id = await addConcert(ctx, { title: oldWord, artist });
    const before = await listed(id);
    await rename(ctx, id, newerWord);
    await untilFound(ctx, { q: newerWord }, [id]);
    const index: SearchIndex = {
      ...ctx.index,
      ask: (question) => ctx.index.ask((client, options) => question(unversioned(client), options)),
    };
    await indexConcerts({ index }, [toConcertEvent(before)]);
    expect(await indexed(id)).toMatchObject({ title: oldWord });
    // The index is put right again.
    await indexConcerts({ index }, [toConcertEvent(await listed(id))]);
    expect(await indexed(id)).toMatchObject({ title: newerWord });
  });

  it('loses no change of many at once: the last version is what the index ends with', async () => {
    const [artist, word] = [newWord(), newWord()];
    const id = await addConcert(ctx, { title: word, artist });
    const titles = Array.from({ length: 10 }, (_, index) => `${word} ${index}`);
    await Promise.all(titles.map((title) => rename(ctx, id, title)));
    const last = await listed(id);
    expect(last.version).toBe(11);
    await untilFound(ctx, { q: last.title, artist }, [id]);
    await deliver(last);
    expect(await indexed(id)).toEqual({ version: 11, title: last.title });
  });

  it('answers from the catalogue, and says so, while the index fails', async () => {
    const [artist, word] = [newWord(), newWord()];
    const id = await addConcert(ctx, { title: `달빛소나타 ${word}`, artist });
    await untilFound(ctx, { q: word }, [id]);
    const [misspelt, swapped] = [
      `${word.slice(0, 4)}${word.slice(5)}`,
      `${word.slice(0, 6)}${word.charAt(7)}${word.charAt(6)}${word.slice(8)}`,
    ];
    for (const q of [word, '달빛소나타', `${word} 수원`, '', misspelt, `${swapped} 수원`, '달빗소나타']) {
      expect([q, await search(broken.ctx, { q, artist })]).toMatchObject([q, { ids: [id], degraded: q !== '' }]);
      expect([q, await search(ctx, { q, artist })]).toMatchObject([q, { ids: [id], degraded: false }]);
    }
    expect((await search(broken.ctx, { q: '바이올린', artist })).ids).toEqual([]);
    // A part is enough as it is for the index.
    expect((await search(broken.ctx, { q: `${word} 바이올린`, artist })).ids).toEqual([id]);
    expect((await search(broken.ctx, { q: '수원 바이올린', artist })).ids).toEqual([]);
    const title = { text: `달빛소나타 ${word}`, kind: 'title', concertId: id };
    expect(await suggest(broken.ctx, word.slice(0, 5))).toEqual({ items: [title], degraded: true });
    // A word may also be what a name begins with.
    const longer = await addConcert(ctx, { title: `${word}qqq`, artist });
    await untilFound(ctx, { q: `${word}qqq` }, [longer]);
    expect((await search(broken.ctx, { q: word, artist })).ids.toSorted()).toEqual([id, longer].toSorted());
    expect((await search(broken.ctx, { q: `바이올린 ${word}`, artist })).ids).toEqual([id]);
  });
});

describe('pages', () => {
  it('follow each other without gaps or repeats: by date, by relevance, by SQL, and when the index fails on the way', async () => {
    const [artist, word] = [newWord(), newWord()];
    const ids: string[] = [];
    for (let number = 0; number < 9; number += 1) {
      const id = await addConcert(ctx, { title: number % 3 === 0 ? `${word} ${word}` : word, artist });
      // Three on each of two days, three without a date.
      if (number < 6) await addPerformance(ctx, id, `2031-06-0${1 + (number % 2)}T10:00:00Z`);
      ids.push(id);
    }
    await untilFound(ctx, { artist }, ids);
    await untilFound(ctx, { q: word }, ids);
    // Dates come with a later event than titles.
    for (const id of ids) await deliver(await listed(id));
    await indexed(ids[0]!);

    const byDate = [0, 2, 4, 1, 3, 5, 6, 7, 8].map((number) => ids[number]!);
    const walks = [
      { contextOf: () => ctx, request: { artist, limit: 2 } },
      { contextOf: () => broken.ctx, request: { artist, limit: 2 } },
      { contextOf: () => broken.ctx, request: { q: word, artist, limit: 4 } },
      { contextOf: (page: number) => (page === 0 ? ctx : broken.ctx), request: { artist, limit: 2 } },
      { contextOf: (page: number) => (page === 0 ? broken.ctx : ctx), request: { q: word, artist, limit: 2 } },
    ];
    for (const { contextOf, request } of walks) {
      const pages = await allPages(contextOf, request);
      expect(pages.flatMap((page) => page.ids)).toEqual(byDate);
      expect(pages).toHaveLength(Math.ceil(9 / request.limit));
    }
    // As spelt, misspelt, and with a word that nothing has.
    for (const q of [word, `${word.slice(0, 4)}${word.slice(5)}`, `${word} ${newWord()}`]) {
      const byRelevance = await allPages(() => ctx, { q, artist, limit: 2 });
      expect([q, byRelevance.flatMap((page) => page.ids).toSorted()]).toEqual([q, ids.toSorted()]);
      expect(byRelevance.every((page) => page.ids.length <= 2 && !page.degraded)).toBe(true);
      expect((await allPages(() => ctx, { q, artist, limit: 2, sort: 'date' })).flatMap((page) => page.ids)).toEqual(byDate);
    }
  });

  it('refuse a cursor that is not one of ours', async () => {
    await expect(search(ctx, { cursor: "x' OR 1=1" })).rejects.toThrow('refused: invalid-cursor');
    const artist = newWord();
    const ids = [await addConcert(ctx, { title: newWord(), artist }), await addConcert(ctx, { title: newWord(), artist })];
    await untilFound(ctx, { artist }, ids);
    for (const context of [ctx, broken.ctx]) {
      const { nextCursor: cursor } = await search(context, { artist, limit: 1 });
      expect((await search(context, { artist, limit: 2, cursor })).ids).toHaveLength(1);
      for (const other of [{ q: artist }, { artist: newWord() }, { artist, city: '수원' }, { artist, sort: 'date' }, {}]) {
        await expect(search(context, { ...other, cursor })).rejects.toThrow('refused: invalid-cursor');
      }
    }
  });
});
