import { setImmediate as nextTurn } from 'node:timers/promises';
import { SidecarError } from '@ticketing/common/dapr';
import type { StateStore } from '../state/swap-state.ts';

/** The outcome of a write: done, done but reported as a conflict, lost but reported as a conflict, or done and the answer lost. */
export type WriteFate = 'done' | 'done-as-conflict' | 'lost-as-conflict' | 'done-then-error';

/** A state store with first-write ETags in memory; every call yields, so that concurrent callers interleave. */
export interface MemoryStore extends StateStore {
  createState: (key: string, value: unknown, ttlSeconds?: number) => Promise<boolean>;
  updateState: (key: string, value: unknown, etag: string, ttlSeconds?: number) => Promise<boolean>;
  /** How long the last write of each key said that it is kept, in seconds. */
  ttls: Map<string, number | undefined>;
  values: Map<string, { value: string; version: number }>;
  writes: string[];
  /** Decides the outcome of each write; replace it to make the store fail. */
  fate: (key: string) => WriteFate;
}

export function createMemoryStore(): MemoryStore {
  const values: MemoryStore['values'] = new Map();
  let version = 0;

  const write = async (key: string, value: unknown, etag: string | undefined, ttlSeconds: number | undefined): Promise<boolean> => {
    await nextTurn();
    const fate = store.fate(key);
    if (fate === 'lost-as-conflict') return false;
    const current = values.get(key);
    if (etag === undefined ? current : String(current?.version) !== etag) return false;
    version += 1;
    values.set(key, { value: JSON.stringify(value), version });
    store.ttls.set(key, ttlSeconds);
    store.writes.push(key);
    await nextTurn();
    if (fate === 'done-then-error') throw new SidecarError(`save ${key}`, 0, 'TIMEOUT');
    return fate === 'done';
  };

  const store: MemoryStore = {
    values,
    writes: [],
    ttls: new Map(),
    fate: () => 'done',
    getState: async (key) => {
      await nextTurn();
      const found = values.get(key);
      return found && { value: JSON.parse(found.value), etag: String(found.version) };
    },
    getStates: async (keys) => {
      await nextTurn();
      return new Map(
        keys.flatMap((key) => {
          const found = values.get(key);
          const value: unknown = found && JSON.parse(found.value);
          return found ? [[key, { value, etag: String(found.version) }] as const] : [];
        }),
      );
    },
    createState: (key, value, ttlSeconds) => write(key, value, undefined, ttlSeconds),
    saveStates: async (entries) =>
      (await Promise.all(entries.map(({ key, value, etag, ttlSeconds }) => write(key, value, etag, ttlSeconds)))).every(Boolean),
    updateState: (key, value, etag, ttlSeconds) => write(key, value, etag, ttlSeconds),
  };
  return store;
}
