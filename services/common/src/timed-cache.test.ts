import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createTimedCache } from './timed-cache.ts';

/** A source whose loads end when the test says so. */
function source() {
  const loads: { key: string; end: (text: string) => void; fail: (error: Error) => void }[] = [];
  const load = (key: string) =>
    new Promise<{ text: string }>((resolve, reject) => {
      loads.push({ key, end: (text) => resolve({ text }), fail: reject });
    });
  return { loads, load };
}

function slowSource() {
  const { loads, load } = source();
  return { loads, cache: createTimedCache({ ttlMs: 1_000, max: 2, load }) };
}

describe('timed cache', () => {
  let now = 1_000_000;
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['performance'] });
    jest.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('loads once for concurrent misses of a key', async () => {
    const { loads, cache } = slowSource();
    const asked = [cache.get('a'), cache.get('a'), cache.get('b')];
    expect(loads.map(({ key }) => key)).toEqual(['a', 'b']);
    for (const { key, end } of loads) end(key);
    expect(await Promise.all(asked)).toEqual([{ text: 'a' }, { text: 'a' }, { text: 'b' }]);
    expect(await cache.get('a')).toEqual({ text: 'a' });
    expect(loads).toHaveLength(2);
  });

  it('loads again when the time is up', async () => {
    const { loads, cache } = slowSource();
    const first = cache.get('a');
    loads[0]!.end('old');
    await first;
    now += 1_001;
    jest.advanceTimersByTime(1_001);
    const second = cache.get('a');
    loads[1]!.end('new');
    expect(await second).toEqual({ text: 'new' });
  });

  it('gives an error to everybody who waits and keeps nothing', async () => {
    const { loads, cache } = slowSource();
    const asked = [cache.get('a'), cache.get('a')];
    loads[0]!.fail(new Error('out'));
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const again = cache.get('a');
    loads[1]!.end('back');
    expect(await again).toEqual({ text: 'back' });
  });

  it('does not keep what was read before the key was forgotten', async () => {
    const { loads, cache } = slowSource();
    const before = cache.get('a');
    cache.forget('a');
    const after = cache.get('a');
    loads[1]!.end('new');
    expect(await after).toEqual({ text: 'new' });
    loads[0]!.end('old');
    expect(await before).toEqual({ text: 'old' });
    expect(await cache.get('a')).toEqual({ text: 'new' });
    expect(loads).toHaveLength(2);
  });

  it('gives a stale value while it reads anew, and waits for the new one when that is too old as well', async () => {
    const { loads, load } = source();
    const cache = createTimedCache({ ttlMs: 1_000, staleMs: 500, max: 2, load });
    const first = cache.get('a');
    loads[0]!.end('old');
    await first;
    now += 1_200;
    expect(await Promise.all([cache.get('a'), cache.get('a')])).toEqual([{ text: 'old' }, { text: 'old' }]);
    expect(loads).toHaveLength(2);
    loads[1]!.end('new');
    await Promise.resolve();
    expect(await cache.get('a')).toEqual({ text: 'new' });
    now += 1_600;
    const waiting = cache.get('a');
    loads[2]!.end('newest');
    expect(await waiting).toEqual({ text: 'newest' });
  });

  it('keeps a stale value through failures, but not beyond its time', async () => {
    const { loads, load } = source();
    const cache = createTimedCache({ ttlMs: 1_000, staleMs: 500, max: 2, load });
    const first = cache.get('a');
    loads[0]!.end('old');
    await first;
    now += 1_200;
    expect(await cache.get('a')).toEqual({ text: 'old' });
    loads[1]!.fail(new Error('out'));
    await jest.advanceTimersByTimeAsync(0);
    now += 400;
    const failed = cache.get('a');
    loads.at(-1)!.fail(new Error('still out'));
    await expect(failed).rejects.toThrow('still out');
  });

  it('does not let those who come later wait for a load that hangs', async () => {
    const { loads, cache } = slowSource();
    const hanging = cache.get('a');
    now += 2_900;
    const joining = cache.get('a');
    expect(loads).toHaveLength(1);
    now += 200;
    const [later, asLate] = [cache.get('a'), cache.get('a')];
    expect(loads).toHaveLength(2);
    loads[1]!.end('new');
    expect(await Promise.all([later, asLate])).toEqual([{ text: 'new' }, { text: 'new' }]);
    loads[0]!.end('old');
    expect(await Promise.all([hanging, joining])).toEqual([{ text: 'old' }, { text: 'old' }]);
    expect(await cache.get('a')).toEqual({ text: 'new' });
    expect(loads).toHaveLength(2);
  });

  it('gives a stale value while loads hang, and starts no more than one in three seconds', async () => {
    const { loads, load } = source();
    const cache = createTimedCache({ ttlMs: 1_000, staleMs: 60_000, max: 2, load });
    const first = cache.get('a');
    loads[0]!.end('old');
    await first;
    for (let second = 2; second <= 13; second += 1) {
      now += 1_000;
      expect(await cache.get('a')).toEqual({ text: 'old' });
    }
    expect(loads).toHaveLength(5);
    loads.at(-1)!.end('new');
    await Promise.resolve();
    expect(await cache.get('a')).toEqual({ text: 'new' });
  });

  it('keeps what a slow load has read when no later one was faster', async () => {
    const { loads, cache } = slowSource();
    const first = cache.get('a');
    now += 3_100;
    const second = cache.get('a');
    loads[0]!.end('slow');
    await first;
    expect(await cache.get('a')).toEqual({ text: 'slow' });
    loads[1]!.end('slower');
    await second;
    expect(await cache.get('a')).toEqual({ text: 'slower' });
    expect(loads).toHaveLength(2);
  });

  it('keeps nothing of a slow load that was read before the key was forgotten', async () => {
    const { loads, cache } = slowSource();
    const before = [cache.get('a')];
    now += 3_100;
    before.push(cache.get('a'));
    cache.forget('a');
    for (const { end } of loads) end('old');
    await Promise.all(before);
    const after = cache.get('a');
    loads[2]!.end('new');
    expect(await after).toEqual({ text: 'new' });
  });

  it('keeps what takes long to load for longer, but never for long', async () => {
    const { loads, load } = source();
    const cache = createTimedCache({ ttlMs: 500, restFactor: 20, max: 2, load });
    const loadFor = async (ms: number): Promise<void> => {
      const loaded = cache.get('a');
      now += ms;
      loads.at(-1)!.end('a');
      await loaded;
    };
    for (const [tookMs, keptMs] of [
      [2, 500],
      [120, 2_400],
      [2_000, 5_000],
    ] as const) {
      const before = loads.length;
      await loadFor(tookMs);
      now += keptMs - 1;
      await cache.get('a');
      expect(loads).toHaveLength(before + 1);
      now += 2;
    }
    await loadFor(1);
    expect(loads).toHaveLength(4);
  });

  it('keeps no more than its bytes allow, and nothing that is larger than all of them', async () => {
    const loaded: string[] = [];
    const load = (key: string): Promise<{ bytes: number }> => {
      loaded.push(key);
      return Promise.resolve({ bytes: Number(key.split(' ')[1]) });
    };
    const cache = createTimedCache({ ttlMs: 1_000, max: 100, size: { most: 100, of: ({ bytes }) => bytes }, load });
    for (const key of ['a 40', 'b 40', 'a 40', 'c 40', 'a 40', 'b 40', 'd 101', 'd 101'])
      expect((await cache.get(key)).bytes).toBeGreaterThan(0);
    expect(loaded).toEqual(['a 40', 'b 40', 'c 40', 'b 40', 'd 101', 'd 101']);
  });

  it('keeps each value for its own time, and loads it with what the reader brings', async () => {
    const loaded: string[] = [];
    const cache = createTimedCache({
      ttlMs: ({ ttlMs }) => ttlMs,
      staleMs: ({ staleMs }) => staleMs,
      max: 10,
      load: (key: string, given: { ttlMs: number; staleMs: number }) => {
        loaded.push(key);
        return Promise.resolve(given);
      },
    });
    const askFor = async (key: string, ttlMs: number, staleMs = 0): Promise<unknown> => cache.get(key, { ttlMs, staleMs });
    expect(await askFor('short', 100)).toEqual({ ttlMs: 100, staleMs: 0 });
    await askFor('long', 1_000);
    await askFor('stale', 100, 1_000);
    now += 101;
    await askFor('short', 100);
    await askFor('long', 1_000);
    // It is still given, and read anew beside that with what this reader brings.
    expect(await askFor('stale', 300)).toEqual({ ttlMs: 100, staleMs: 1_000 });
    expect(loaded).toEqual(['short', 'long', 'stale', 'short', 'stale']);
    expect(await askFor('stale', 1)).toEqual({ ttlMs: 300, staleMs: 0 });
  });
});
