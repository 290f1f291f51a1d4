import { LRUCache } from 'lru-cache';

/** A bounded in-process cache: a value is at most `ttlMs` old, and concurrent misses of one key share one load. */
export interface TimedCache<V> {
  get: (key: string) => Promise<V>;
  /** Keeps a value that was just written; what is being loaded is older. */
  set: (key: string, value: V) => void;
  forget: (key: string) => void;
}

/** @param load reads the value anew; when it throws, every waiting caller gets the error and nothing is kept */
export function createTimedCache<V extends object>(options: {
  ttlMs: number;
  max: number;
  load: (key: string) => Promise<V>;
}): TimedCache<V> {
  const values = new LRUCache<string, V>({ max: options.max, ttl: options.ttlMs });
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
      return value ? Promise.resolve(value) : (loading.get(key) ?? load(key));
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
