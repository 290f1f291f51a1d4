import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { components, type Sidecar } from './dapr.ts';
import { endsWithin } from './ends-within.ts';
import { createCounter } from './telemetry.ts';

/**
 * What one instance has found out, for the others, for a few seconds: in Redis, by the sidecar's state API. It can be lost at any time, and
 * whatever is wrong with it costs no more than the work that it would have saved.
 */
export interface SharedCache {
  /**
   * What another instance has found out about a question, or else what `make` gives, which is then left for the others.
   * @param question all that the answer depends on but the time
   * @param make its undefined is given, and not left for anybody
   */
  find: <V>(kind: SharedKind<V>, question: object, make: () => Promise<V | undefined>) => Promise<V | undefined>;
  /** Has nothing count any more that was found out until now, nor what is found out while the change is settling. */
  forget: () => void;
}

/** What answers of one kind look like. */
export interface SharedKind<V> {
  /** Another one when the shape or the meaning changes. */
  name: string;
  /** Of the JSON of an answer. */
  shape: z.ZodType<V>;
}

export interface SharedCacheOptions {
  sidecar: Pick<Sidecar, 'request'>;
  /** How old an answer may become. */
  ttlSeconds: number;
  /** For so long after a change, sources may not show it yet; it also makes up for clocks that differ between instances. */
  settleMs: number;
  /** How long a look or a write may take. */
  patienceMs?: number;
  now?: () => number;
}

/** Of an instance that neither uses what others have found out nor leaves them anything. */
export const sharesNothing: SharedCache = { find: (_kind, _question, make) => make(), forget: () => undefined };

const looks = createCounter('ticketing_shared_cache_looks_total', 'Looks for what other instances have found out, by kind and outcome');

/** Asking the source is not much slower than this. */
const usualPatienceMs = 100;
const mostBytes = 64 * 1_024;

interface Entry {
  /** When the source was asked. */
  at: number;
  value: unknown;
}

export function createSharedCache(options: SharedCacheOptions): SharedCache {
  const { sidecar, ttlSeconds, settleMs, patienceMs = usualPatienceMs, now = Date.now } = options;
  let validFrom = -Infinity;

  const read = async <V>({ name, shape }: SharedKind<V>, key: string): Promise<V | undefined> => {
    const entry = await withinPatience(readEntry(sidecar, key, patienceMs), patienceMs);
    const fits = entry && entry.at >= validFrom && Math.abs(now() - entry.at) <= ttlSeconds * 1_000;
    const value = fits ? shape.safeParse(entry.value).data : undefined;
    looks.add(1, { kind: name, outcome: value === undefined ? 'miss' : 'hit' });
    return value;
  };
  const write = async (key: string, entry: Entry): Promise<void> => {
    const body = JSON.stringify([{ key, value: entry, metadata: { ttlInSeconds: String(ttlSeconds) } }]);
    if (body.length > mostBytes) return;
    await sidecar.request('POST', statePath, { body, headers: { 'content-type': 'application/json' }, timeoutMs: patienceMs });
  };

  return {
    find: async (kind, question, make) => {
      if (now() < validFrom) return make();
      const key = `${kind.name}:${createHash('sha256').update(JSON.stringify(question)).digest('base64url')}`;
      const known = await read(kind, key);
      if (known !== undefined) return known;
      const at = now();
      const value = await make();
      // Nobody waits for that.
      if (value !== undefined && at >= validFrom) write(key, { at, value }).catch(() => undefined);
      return value;
    },
    forget: () => {
      validFrom = now() + settleMs;
    },
  };
}

const statePath = `/v1.0/state/${components.cache}`;

async function readEntry(sidecar: Pick<Sidecar, 'request'>, key: string, patienceMs: number): Promise<Entry | undefined> {
  const { status, body } = await sidecar.request('GET', `${statePath}/${encodeURIComponent(key)}`, { timeoutMs: patienceMs });
  if (status !== 200 || body.length > mostBytes) return undefined;
  const entry: unknown = JSON.parse(body.toString());
  return isEntry(entry) ? entry : undefined;
}

function isEntry(found: unknown): found is Entry {
  return typeof found === 'object' && found !== null && 'at' in found && typeof found.at === 'number' && 'value' in found;
}

/** Undefined also for what fails or takes too long. */
async function withinPatience<T>(found: Promise<T | undefined>, patienceMs: number): Promise<T | undefined> {
  return (await endsWithin(found, patienceMs)) ? found.catch(() => undefined) : undefined;
}
