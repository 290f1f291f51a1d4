import { LRUCache } from 'lru-cache';

/**
 * A bounded in-process cache: concurrent misses of one key share one load. A value is at most `ttlMs` old, and for another `staleMs`
 * it is still given, while it is read anew for those who come later.
 */
export interface TimedCache<V> {
  get: (key: string) => Promise<V>;
  /** Keeps a value that was just written; what is being loaded is older. */
  set: (key: string, value: V) => void;
  forget: (key: string) => void;
}

/** @param load reads the value anew; when it throws, every waiting caller gets the error and nothing is kept */
export function createTimedCache<V extends object>(options: {
  ttlMs: number;
  staleMs?: number;
  max: number;
  load: (key: string) => Promise<V>;
}): TimedCache<V> {
  const { ttlMs, staleMs = 0 } = options;
  const values = new LRUCache<string, V>({ max: options.max, ttl: ttlMs + staleMs, ttlResolution: 0 });
  const loading = new Map<string, Promise<V>>();

  const load = (key: string): Promise<V> => {
    const started = options.load(key).then((value) => {
      // A key that was forgotten meanwhile may have changed after it was read.
      if (loading.get(key) === started) values.set(key, value);
      return value;
    });
    loading.set(key, started);
    const finish = (): void => {
      if (loading.get(key) === started) loading.delete(key);
    };
    started.then(finish, finish);
    return started;
  };

  return {
    get: (key) => {
      const value = values.get(key);
      if (!value) return loading.get(key) ?? load(key);
      // When it can't be read anew, whoever comes after the stale time gets the error.
      if (staleMs > 0 && values.getRemainingTTL(key) <= staleMs && !loading.has(key)) load(key).catch(() => undefined);
      return Promise.resolve(value);
    },
    set: (key, value) => {
      loading.delete(key);
      values.set(key, value);
    },
    forget: (key) => {
      values.delete(key);
      loading.delete(key);
    },
  };
}
