import { LRUCache } from 'lru-cache';

/**
 * A bounded in-process cache: concurrent misses of one key share one load. A value is at most `ttlMs` old, and for another `staleMs`
 * it is still given, while it is read anew for those who come later.
 */
export interface TimedCache<V, C = void> {
  /** @param context what the load needs beside the key; of those who share a load, that of the first is used */
  get: (key: string, context: C) => Promise<V>;
  /** Keeps a value that was just written; what is being loaded is older. */
  set: (key: string, value: V) => void;
  /** The value that is kept, unless it is due to be read again. */
  fresh: (key: string) => V | undefined;
  forget: (key: string) => void;
}

interface Load<V> {
  startedAt: number;
  value: Promise<V>;
}

// One that hangs, on a connection that is dead at its other end only, may do so for minutes.
const joinedForMs = 3_000;
const longestRestMs = 5_000;

/** The loads under way of each key, in the order in which they were started. */
function createLoads<V>() {
  const loading = new Map<string, Load<V>[]>();
  return {
    add: (key: string, load: Load<V>): void => {
      loading.set(key, [...(loading.get(key) ?? []), load]);
    },
    /** Ends a load and those that were started before it, for what they read is older. @returns false when it counts no more */
    end: (key: string, load: Load<V>): boolean => {
      const loads = loading.get(key) ?? [];
      const index = loads.indexOf(load);
      if (index === -1) return false;
      if (index === loads.length - 1) loading.delete(key);
      else loading.set(key, loads.slice(index + 1));
      return true;
    },
    /** One that another reader may wait for. */
    joined: (key: string): Promise<V> | undefined => {
      const last = loading.get(key)?.at(-1);
      return last && performance.now() - last.startedAt < joinedForMs ? last.value : undefined;
    },
    drop: (key: string): void => {
      loading.delete(key);
    },
  };
}

export interface TimedCacheOptions<V, C = void> {
  /** A function where it depends on the value. */
  ttlMs: number | ((value: V) => number);
  staleMs?: number | ((value: V) => number);
  /** How many values are kept. */
  max: number;
  /** How many bytes they take at most, where values are large. */
  size?: { most: number; of: (value: V) => number };
  /**
   * Keeps a value for so many times as long as it took to load, five seconds at most, where that is more than `ttlMs`: however large the
   * values are and however slow their source is, it works on them for a small part of the time only.
   */
  restFactor?: number;
  /**
   * Reads the value anew; when it throws, every waiting caller gets the error and nothing is kept. When it takes longer than three
   * seconds, those who come later start another one.
   */
  load: (key: string, context: C) => Promise<V>;
}

export function createTimedCache<V extends object, C = void>(options: TimedCacheOptions<V, C>): TimedCache<V, C> {
  const { max, size, restFactor = 0 } = options;
  const [ttlOf, staleOf] = [timeOf(options.ttlMs), timeOf(options.staleMs ?? 0)];
  const bytes = size && { maxSize: size.most, sizeCalculation: size.of };
  const values = new LRUCache<string, V>({ max, ...bytes, ttl: 1, ttlResolution: 0 });
  const loads = createLoads<V>();

  const start = (key: string, context: C): Promise<V> => {
    const keep = (value: V): V => {
      // A key that was forgotten meanwhile may have changed after it was read.
      if (!loads.end(key, load)) return value;
      const restMs = Math.min(restFactor * (performance.now() - load.startedAt), longestRestMs);
      values.set(key, value, { ttl: Math.max(ttlOf(value), restMs) + staleOf(value) });
      return value;
    };
    const fail = (error: unknown): never => {
      loads.end(key, load);
      throw error;
    };
    const load: Load<V> = { startedAt: performance.now(), value: options.load(key, context).then(keep, fail) };
    loads.add(key, load);
    return load.value;
  };

  return {
    get: (key, context) => {
      const value = values.get(key);
      if (!value) return loads.joined(key) ?? start(key, context);
      // If the reload fails, callers after the stale time get the error.
      const staleMs = staleOf(value);
      if (staleMs > 0 && values.getRemainingTTL(key) <= staleMs && !loads.joined(key)) start(key, context).catch(() => undefined);
      return Promise.resolve(value);
    },
    fresh: (key) => {
      const value = values.get(key);
      return value && values.getRemainingTTL(key) > staleOf(value) ? value : undefined;
    },
    set: (key, value) => {
      loads.drop(key);
      values.set(key, value, { ttl: ttlOf(value) + staleOf(value) });
    },
    forget: (key) => {
      values.delete(key);
      loads.drop(key);
    },
  };
}

function timeOf<V>(time: number | ((value: V) => number)): (value: V) => number {
  return typeof time === 'number' ? () => time : time;
}
