import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createMemoryStore, type MemoryStore } from '../testing/memory-store.ts';
import { type StateChange, swapStates } from './swap-state.ts';

const schema = z.array(z.string());
type Names = z.infer<typeof schema>;

/** Adds a name once. */
function add(key: string, name: string): StateChange<Names> {
  return { key, next: (names = []) => (names.includes(name) ? names : [...names, name]), ttlSeconds: 60 };
}

function stored(store: MemoryStore, key: string): unknown {
  return JSON.parse(store.values.get(key)?.value ?? 'null');
}

describe('swapStates', () => {
  it('changes all by one read and one write, and leaves what stays the same', async () => {
    const store = createMemoryStore();
    await store.createState('a', ['one'], 60);
    let reads = 0;
    const counting = { ...store, getStates: (keys: string[]) => (reads++, store.getStates(keys)) };
    store.writes.length = 0;
    expect(await swapStates(counting, schema, [add('a', 'two'), add('b', 'two'), add('a2', 'one')])).toEqual([
      ['one', 'two'],
      ['two'],
      ['one'],
    ]);
    expect(reads).toBe(1);
    expect(store.writes).toEqual(['a', 'b', 'a2']);
    expect(await swapStates(counting, schema, [add('a', 'two'), add('b', 'two')])).toEqual([['one', 'two'], ['two']]);
    expect(store.writes).toHaveLength(3);
    expect([...store.ttls.values()]).toEqual([60, 60, 60]);
  });

  it('loses nothing that is written in between, nor any of two changes of one value', async () => {
    const store = createMemoryStore();
    await store.createState('a', [], 60);
    const late: MemoryStore = {
      ...store,
      getStates: async (keys) => {
        const entries = await store.getStates(keys);
        const { etag = '' } = (await store.getState('a')) ?? {};
        await store.updateState('a', ['other'], etag, 60);
        await store.createState('b', ['other'], 60);
        return entries;
      },
    };
    await swapStates(late, schema, [add('a', 'mine'), add('b', 'mine'), add('c', 'mine'), add('c', 'too')]);
    expect(stored(store, 'a')).toEqual(['other', 'mine']);
    expect(stored(store, 'b')).toEqual(['other', 'mine']);
    expect(stored(store, 'c')).toEqual(expect.arrayContaining(['mine', 'too']));
  });

  it('fails when the store does', async () => {
    const store = createMemoryStore();
    store.fate = () => 'done-then-error';
    await expect(swapStates(store, schema, [add('a', 'one'), add('b', 'one')])).rejects.toThrow('TIMEOUT');
  });
});
