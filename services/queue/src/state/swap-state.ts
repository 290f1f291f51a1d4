import { setTimeout as delay } from 'node:timers/promises';
import { type NewState, type Sidecar, SidecarError } from '@ticketing/common/dapr';
import type { z } from 'zod';

/** The state store as the waiting rooms use it; the sidecar is one. Every value has a lifetime, which its write sets. */
export interface StateStore extends Pick<Sidecar, 'getState' | 'getStates'> {
  createState: (key: string, value: unknown, ttlSeconds: number) => Promise<boolean>;
  saveStates: (entries: (NewState & { ttlSeconds: number })[]) => Promise<boolean>;
  updateState: (key: string, value: unknown, etag: string, ttlSeconds: number) => Promise<boolean>;
}

const attempts = 30;

/**
 * Reads a value, lets `next` say what follows it, and writes that only if nothing was written in between; after a conflict it
 * begins again with what is there now. A failed write may have been applied all the same, so `next` must recognise its own work.
 * @param next gets the present value, or undefined; it returns undefined to leave everything as it is
 * @param kept how long what is written is kept, in seconds
 * @returns the value that is stored now
 * @throws SidecarError when the store fails, or when conflicts do not end
 */
export async function swapState<S extends z.ZodType>(
  store: StateStore,
  key: string,
  schema: S,
  next: (current: z.infer<S> | undefined) => z.infer<S> | undefined | Promise<z.infer<S> | undefined>,
  kept: number | ((written: z.infer<S>) => number),
): Promise<z.infer<S> | undefined> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const entry = await store.getState(key);
    const current = entry && schema.parse(entry.value);
    const wanted = await next(current);
    if (wanted === undefined || wanted === current) return current;
    const ttlSeconds = typeof kept === 'number' ? kept : kept(wanted);
    const written = entry ? await store.updateState(key, wanted, entry.etag, ttlSeconds) : await store.createState(key, wanted, ttlSeconds);
    if (written) return wanted;
    await delay(Math.random() * 4 * 2 ** Math.min(attempt, 5));
  }
  throw new SidecarError(`swap state ${key}`, 409, 'CONTENTION');
}

/** A value to change, as `swapState` does. */
export interface StateChange<T> {
  key: string;
  next: (current: T | undefined) => T | undefined | Promise<T | undefined>;
  ttlSeconds: number;
}

/**
 * Changes several values by one read and one write. Where something was written in between, each is changed alone, so `next` may run again
 * after its own write.
 * @returns the values that are stored now, in order
 */
export async function swapStates<S extends z.ZodType>(
  store: StateStore,
  schema: S,
  changes: StateChange<z.infer<S>>[],
): Promise<(z.infer<S> | undefined)[]> {
  const swapAlone = (): Promise<(z.infer<S> | undefined)[]> =>
    Promise.all(changes.map(({ key, next, ttlSeconds }) => swapState(store, key, schema, next, ttlSeconds)));
  if (changes.length === 1) return swapAlone();
  const entries = await store.getStates(changes.map(({ key }) => key));
  const news: (NewState & { ttlSeconds: number })[] = [];
  const stored: (z.infer<S> | undefined)[] = [];
  for (const { key, next, ttlSeconds } of changes) {
    const entry = entries.get(key);
    const current = entry && schema.parse(entry.value);
    const wanted = (await next(current)) ?? current;
    stored.push(wanted);
    if (wanted !== current) news.push({ key, value: wanted, etag: entry?.etag, ttlSeconds });
  }
  return news.length === 0 || (await store.saveStates(news)) ? stored : swapAlone();
}
