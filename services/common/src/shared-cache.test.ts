import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { SidecarReply } from './dapr.ts';
import { createSharedCache, type SharedCache } from './shared-cache.ts';

const kind = { name: 'answer', shape: z.object({ answer: z.number() }) };

type Request = Parameters<typeof createSharedCache>[0]['sidecar']['request'];

const reply = (status: number, body = ''): SidecarReply => ({ status, headers: {}, body: Buffer.from(body) });
const written = z.tuple([z.object({ key: z.string(), value: z.unknown(), metadata: z.object({ ttlInSeconds: z.string() }) })]);

/** A store between instances, and their clock. */
function createStore() {
  const values = new Map<string, string>();
  const clock = { now: 1_000_000 };
  const keyIn = (path: string): string => decodeURIComponent(path.slice(path.lastIndexOf('/') + 1));
  const request: Request = (method, path, options) => {
    if (method === 'GET') {
      const value = values.get(keyIn(path));
      return Promise.resolve(value === undefined ? reply(204) : reply(200, value));
    }
    const [{ key, value }] = written.parse(JSON.parse(String(options?.body)));
    values.set(key, JSON.stringify(value));
    return Promise.resolve(reply(204));
  };
  return { values, clock, request, join: (own: Request = request) => join(own, clock) };
}

function join(request: Request, clock: { now: number }): SharedCache {
  return createSharedCache({ sidecar: { request }, ttlSeconds: 3, settleMs: 2_000, now: () => clock.now });
}

/** A source that says how often it was asked. */
function source() {
  let asked = 0;
  return () => Promise.resolve({ answer: (asked += 1) });
}

describe('a shared cache', () => {
  it('serves the others with what one has found out, for each question its own', async () => {
    const store = createStore();
    const [one, other, make] = [store.join(), store.join(), source()];
    expect(await one.find(kind, { q: 'a' }, make)).toEqual({ answer: 1 });
    expect(await other.find(kind, { q: 'a' }, make)).toEqual({ answer: 1 });
    expect(await other.find(kind, { q: 'b' }, make)).toEqual({ answer: 2 });
    expect(await other.find({ ...kind, name: 'another' }, { q: 'a' }, make)).toEqual({ answer: 3 });
  });

  it('has nothing in its keys of what was asked for', async () => {
    const store = createStore();
    await store.join().find(kind, { q: 'a||secret words' }, source());
    expect([...store.values.keys()]).toEqual([expect.stringMatching(/^answer:[\w-]{43}$/)]);
  });

  it('serves nothing that is too old, or of a clock that is far ahead', async () => {
    const store = createStore();
    const [cache, make] = [store.join(), source()];
    await cache.find(kind, { q: 'a' }, make);
    store.clock.now += 3_000;
    expect(await cache.find(kind, { q: 'a' }, make)).toEqual({ answer: 1 });
    store.clock.now += 1;
    expect(await cache.find(kind, { q: 'a' }, make)).toEqual({ answer: 2 });
    store.clock.now -= 10_000;
    expect(await cache.find(kind, { q: 'a' }, make)).toEqual({ answer: 3 });
  });

  it('serves nothing that was found out before a change, or while it settled', async () => {
    const store = createStore();
    const [told, untold, make] = [store.join(), store.join(), source()];
    await untold.find(kind, { q: 'a' }, make);
    told.forget();
    expect(await told.find(kind, { q: 'a' }, make)).toEqual({ answer: 2 });
    store.clock.now += 1_999;
    await untold.find(kind, { q: 'b' }, make);
    store.clock.now += 1;
    expect(await told.find(kind, { q: 'a' }, make)).toEqual({ answer: 4 });
    expect(await told.find(kind, { q: 'b' }, make)).toEqual({ answer: 5 });
    expect(await untold.find(kind, { q: 'b' }, make)).toEqual({ answer: 5 });
  });

  it('leaves nothing for others that was asked for before a change and came after it', async () => {
    const store = createStore();
    const cache = store.join();
    await cache.find(kind, { q: 'a' }, () => {
      cache.forget();
      return Promise.resolve({ answer: 1 });
    });
    expect(store.values.size).toBe(0);
  });

  it('leaves no answer for others that there is none of, nor one that is too large', async () => {
    const store = createStore();
    const cache = store.join();
    expect(await cache.find(kind, { q: 'a' }, () => Promise.resolve(undefined))).toBeUndefined();
    const large = { name: 'text', shape: z.string() };
    expect(await cache.find(large, { q: 'a' }, () => Promise.resolve('x'.repeat(70_000)))).toHaveLength(70_000);
    expect(store.values.size).toBe(0);
  });

  it.each<[string, Request]>([
    ['fails', () => Promise.reject(new Error('redis is out'))],
    ['is not there', () => Promise.resolve(reply(400, '{"errorCode":"ERR_STATE_STORE_NOT_FOUND"}'))],
    ['hangs', () => new Promise(() => undefined)],
    ['says what is no JSON', () => Promise.resolve(reply(200, 'OK'))],
    ['says what is no entry', () => Promise.resolve(reply(200, '{"at":"now"}'))],
    ['has a value of another shape', () => Promise.resolve(reply(200, '{"at":1000000,"value":{"answer":"42"}}'))],
    ['has a value that is too large', () => Promise.resolve(reply(200, `{"at":1000000,"value":{"answer":42}}${' '.repeat(70_000)}`))],
  ])('asks the source where the store %s', async (_what, request) => {
    const cache = createStore().join(request);
    expect(await cache.find(kind, { q: 'a' }, source())).toEqual({ answer: 1 });
  });

  it('fails where the source does', async () => {
    await expect(
      createStore()
        .join()
        .find(kind, { q: 'a' }, () => Promise.reject(new Error('out'))),
    ).rejects.toThrow('out');
  });
});
