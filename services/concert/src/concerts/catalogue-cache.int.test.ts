import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Database } from '@ticketing/common/database';
import { newId } from '@ticketing/common/database';
import { pollUntil } from '@ticketing/common/poll-until';
import { type ServedApp, serveApp } from '@ticketing/common/testing/serve-app';
import { createApp } from '../app.ts';
import type { Context } from '../context.ts';
import { addConcert, createTestContext, newWord, rename } from '../testing/test-catalogue.ts';
import { createCatalogueCache } from './catalogue-cache.ts';

let ctx: Context;
let other: Context;
let app: ServedApp;
beforeAll(async () => {
  [ctx, other] = [await createTestContext(), await createTestContext()];
  app = await serveApp(createApp(other));
});
afterAll(async () => {
  await app.close();
  await Promise.all([ctx.stop(), other.stop()]);
});

/** Delivers a message to the other instance as its sidecar does. */
async function broadcast(concertId: string | null): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${app.port}/events/cache-invalidations`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json', 'dapr-api-token': ctx.config.APP_API_TOKEN },
    body: JSON.stringify({ id: newId(), type: 'catalogue.changed', data: { concertId } }),
  });
  expect(await response.json()).toEqual({ status: 'SUCCESS' });
}

/** The database, with its statements counted. */
function counted(db: Database) {
  const counts = { queries: 0 };
  const query: Database['query'] = (sql, values) => {
    counts.queries += 1;
    return db.query(sql, values);
  };
  return { counts, db: { ...db, query } };
}

describe('the catalogue cache', () => {
  it('shows a change at once where it was made, and elsewhere when the message comes', async () => {
    const [old, title] = [newWord(), newWord()];
    const id = await addConcert(ctx, { title: old, artist: newWord() });
    for (const { cache } of [ctx, other]) expect((await cache.concert(id))?.title).toBe(old);
    await rename(ctx, id, title);
    expect((await ctx.cache.concert(id))?.title).toBe(title);
    expect((await other.cache.concert(id))?.title).toBe(old);
    await broadcast(id);
    expect((await other.cache.concert(id))?.title).toBe(title);
  });

  it('follows by itself when the message is lost', async () => {
    const [old, title] = [newWord(), newWord()];
    const id = await addConcert(ctx, { title: old, artist: newWord() });
    const cache = createCatalogueCache(ctx.db, { ttlMs: 50, staleMs: 50 });
    expect((await cache.concert(id))?.title).toBe(old);
    await rename(ctx, id, title);
    const seen = await pollUntil(async () => ((await cache.concert(id))?.title === title ? title : undefined), 10_000);
    expect(seen).toBe(title);
  });

  it('reads once for many who ask at once, also for what does not exist', async () => {
    const id = await addConcert(ctx, { title: newWord(), artist: newWord() });
    const { counts, db } = counted(ctx.db);
    const cache = createCatalogueCache(db);
    await Promise.all(Array.from({ length: 100 }, () => cache.concert(id)));
    expect(counts.queries).toBe(1);
    const absent = newId();
    expect(await Promise.all([cache.concert(absent), cache.concert(absent)])).toEqual([undefined, undefined]);
    expect(counts.queries).toBe(2);
  });

  it('takes a message about synonyms as one', async () => {
    const before = await other.synonyms.thesaurus();
    expect(await other.synonyms.thesaurus()).toBe(before);
    await broadcast(null);
    expect(await other.synonyms.thesaurus()).not.toBe(before);
  });
});
