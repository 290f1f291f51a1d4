import type { Logger } from '@ticketing/common/log';
import { type CryptoKey, importJWK } from 'jose';
import { z } from 'zod';

/** Public keys of another service, held in memory. */
export interface KeySet {
  /**
   * The key with this id; undefined when the other service has none.
   * @throws when no keys were ever fetched and the other service does not answer
   */
  find: (kid: string) => Promise<CryptoKey | undefined>;
  /** The JSON Web Key Set as it was fetched. Throws as `find` does. */
  document: () => Promise<string>;
}

export interface KeySetOptions {
  /** Whose keys they are, for the log. */
  name: string;
  log: Logger;
  /** Asks the other service for its JSON Web Key Set (RFC 7517). */
  fetch: () => Promise<string>;
  /** Milliseconds since 1970. */
  now?: () => number;
}

interface Loaded {
  keys: Map<string, CryptoKey>;
  document: string;
}

const jwks = z.object({
  keys: z.array(z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), kid: z.string() })).min(1),
});

// A key that was withdrawn is believed for this long at most while its owner answers.
const staleMs = 5 * 60_000;
// Made-up key ids must not turn into a flood of calls.
const retryMs = 5_000;

/** Keys are fetched at first use, again for an unknown id or after five minutes; the old set stays while its owner is down. */
export function createKeySet({ name, log, fetch, now = Date.now }: KeySetOptions): KeySet {
  let loaded: Loaded | undefined;
  let loadedAt = 0;
  let triedAt = 0;
  let running: Promise<Loaded> | undefined;

  const load = (): Promise<Loaded> => {
    if (running) return running;
    triedAt = now();
    running = fetch()
      .then(parseKeys)
      .then((fresh) => {
        loaded = fresh;
        loadedAt = now();
        return fresh;
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  };
  const reload = (old: Loaded): Promise<Loaded> =>
    load().catch((error: unknown) => {
      log.warn({ err: error, keys: name }, 'keys could not be fetched again; the old ones stay');
      return old;
    });
  const current = (): Loaded | Promise<Loaded> => {
    if (!loaded) return load();
    const due = now() - loadedAt > staleMs && now() - triedAt > retryMs;
    if (due) void reload(loaded);
    return loaded;
  };

  return {
    find: async (kid) => {
      const known = await current();
      const key = known.keys.get(kid);
      if (key || (!running && now() - triedAt <= retryMs)) return key;
      return (await reload(known)).keys.get(kid);
    },
    document: async () => (await current()).document,
  };
}

async function parseKeys(document: string): Promise<Loaded> {
  const keys = new Map<string, CryptoKey>();
  for (const { kid, ...jwk } of jwks.parse(JSON.parse(document)).keys) {
    const key = await importJWK(jwk, 'EdDSA');
    if (key instanceof Uint8Array) throw new Error(`the key ${kid} is not a public key`);
    keys.set(kid, key);
  }
  return { keys, document };
}
