import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSharedCache } from '@ticketing/common/shared-cache';
import { SuggestConcertsRequestSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { followChanges } from '../concerts/follow-changes.ts';
import type { Context } from '../context.ts';
import { addConcert, createTestContext, newWord, rename, search, untilFound } from '../testing/test-catalogue.ts';
import { createSearchPages } from './search-pages.ts';
import { suggestConcerts } from './suggest-concerts.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

/** An instance that remembers nothing yet, and how often it asks the index. */
function newInstance(ttlSeconds = 60) {
  const asked = { index: 0 };
  const shared = createSharedCache({ sidecar: { request: requestNoted }, ttlSeconds, settleMs: 0, patienceMs: 5_000 });
  const index: Context['index'] = {
    ...ctx.index,
    ask: (question) => {
      asked.index += 1;
      return ctx.index.ask(question);
    },
  };
  const own = { ...ctx, index, shared };
  return { asked, ctx: { ...own, pages: createSearchPages(own) } };
}

let lastRequest: Promise<unknown> = Promise.resolve();

/** Begins when the one before has ended: nobody waits for a write, and what comes after it shall find it. */
const requestNoted: Context['sidecar']['request'] = (...request) => {
  const answer = lastRequest.then(() => ctx.sidecar.request(...request));
  lastRequest = answer.catch(() => undefined);
  return answer;
};

describe('what one instance has found', () => {
  it('serves the others, as the catalogue has it', async () => {
    const q = newWord();
    const id = await addConcert(ctx, { title: `${q} night`, artist: newWord() });
    await untilFound(ctx, { q }, [id]);
    const [one, other] = [newInstance(), newInstance()];
    const found = await search(one.ctx, { q });
    expect({ ids: found.ids, degraded: found.degraded, ...one.asked }).toEqual({ ids: [id], degraded: false, index: 1 });
    const title = `${q} matinee`;
    await rename(ctx, id, title);
    expect(await search(other.ctx, { q })).toMatchObject({ ids: [id], titles: [title], degraded: false });
    expect(other.asked).toEqual({ index: 0 });
    await search(other.ctx, { q, limit: 5 });
    expect(other.asked).toEqual({ index: 1 });
  });

  it('serves their suggestions as well', async () => {
    const word = newWord();
    await untilFound(ctx, { q: word }, [await addConcert(ctx, { title: word, artist: newWord() })]);
    const [one, other] = [newInstance(), newInstance()];
    const suggest = async (context: Context) => suggestConcerts(context, create(SuggestConcertsRequestSchema, { q: word.slice(0, 6) }));
    const suggested = await suggest(one.ctx);
    expect(suggested).toMatchObject({ items: [{ text: word }], degraded: false });
    expect(await suggest(other.ctx)).toEqual(suggested);
    expect([one.asked, other.asked]).toEqual([{ index: 1 }, { index: 0 }]);
  });

  it('is not served by who knows of a change, but by who does not', async () => {
    const [before, after] = [newWord(), newWord()];
    const id = await addConcert(ctx, { title: before, artist: newWord() });
    await untilFound(ctx, { q: before }, [id]);
    const [finder, told, untold] = [newInstance(), newInstance(), newInstance()];
    expect((await search(finder.ctx, { q: before })).ids).toEqual([id]);
    await rename(ctx, id, after);
    await untilFound(ctx, { q: after }, [id]);
    await untilFound(ctx, { q: before }, []);
    await followChanges(told.ctx, [{ concertId: id }]);

    expect(await search(untold.ctx, { q: before })).toMatchObject({ ids: [id], titles: [after] });
    expect(untold.asked).toEqual({ index: 0 });
    expect((await search(told.ctx, { q: before })).ids).toEqual([]);
    // What it has found takes the place of what was there.
    expect((await search(newInstance().ctx, { q: before })).ids).toEqual([]);
  });

  it('is forgotten by itself', async () => {
    const [before, after] = [newWord(), newWord()];
    const id = await addConcert(ctx, { title: before, artist: newWord() });
    await untilFound(ctx, { q: before }, [id]);
    expect((await search(newInstance(1).ctx, { q: before })).ids).toEqual([id]);
    await rename(ctx, id, after);
    await untilFound(newInstance(1).ctx, { q: before }, []);
  });
});
