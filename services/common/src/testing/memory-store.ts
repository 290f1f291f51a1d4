import type { Sidecar } from '../dapr.ts';

export type MemoryStore = Pick<Sidecar, 'createState' | 'createStates' | 'updateState' | 'getState' | 'getStates' | 'deleteState'>;

/**
 * A state store as Dapr's on Redis is: each new value has the ETag 1, and a write with an ETag succeeds where the key is gone. Times to live
 * are lost.
 */
export function createMemoryStore(): { store: MemoryStore; values: Map<string, { value: unknown; version: number }> } {
  const values = new Map<string, { value: unknown; version: number }>();
  const create = (key: string, value: unknown): boolean => {
    if (values.has(key)) return false;
    values.set(key, { value, version: 1 });
    return true;
  };
  const store: MemoryStore = {
    createState: (key, value) => Promise.resolve(create(key, value)),
    createStates: (entries) => Promise.resolve(entries.map(({ key, value }) => create(key, value)).every(Boolean)),
    updateState: (key, value, etag) => {
      const version = values.get(key)?.version;
      if (version !== undefined && String(version) !== etag) return Promise.resolve(false);
      values.set(key, { value, version: (version ?? 0) + 1 });
      return Promise.resolve(true);
    },
    getState: (key) => {
      const entry = values.get(key);
      return Promise.resolve(entry && { value: entry.value, etag: String(entry.version) });
    },
    getStates: (keys) => Promise.resolve(new Map(keys.flatMap((key) => (values.has(key) ? [[key, values.get(key)?.value]] : [])))),
    deleteState: (key, etag) => {
      const version = values.get(key)?.version;
      if (version !== undefined && etag !== undefined && String(version) !== etag) return Promise.resolve(false);
      values.delete(key);
      return Promise.resolve(true);
    },
  };
  return { store, values };
}
