import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

export const encodings = ['br', 'gzip'] as const;
export type Encoding = (typeof encodings)[number];

/** JSON as it goes to clients. */
export interface ReadyJson {
  json: Uint8Array;
  etag: string;
  /** The JSON compressed, once for all who ask. */
  compressed: (encoding: Encoding) => Promise<Uint8Array>;
}

interface Qualities {
  /** 0 to 11. The default takes a hundred times as long as 4 for a few percent. */
  brotli: number;
}

/** @param qualities what is read for long is worth more work */
export function readyJson(value: unknown, { brotli }: Qualities = { brotli: 4 }): ReadyJson {
  const json = Buffer.from(JSON.stringify(value));
  const etag = `"${createHash('sha1').update(json).digest('base64url')}"`;
  const compressors: Record<Encoding, () => Promise<Buffer>> = {
    gzip: () => promisify<Uint8Array, Buffer>(gzip)(json),
    br: () => promisify(brotliCompress)(json, { params: { [constants.BROTLI_PARAM_QUALITY]: brotli } }),
  };
  const made = new Map<Encoding, Promise<Uint8Array>>();
  const compressed = (encoding: Encoding): Promise<Uint8Array> => {
    const known = made.get(encoding) ?? compressors[encoding]();
    made.set(encoding, known);
    return known;
  };
  return { json, etag, compressed };
}

/** What of it a reply carries, compressed as the caller wants it where that is known. */
export async function encodeReady(ready: ReadyJson, wanted: string): Promise<{ json: Uint8Array; etag: string; encoding: string }> {
  const encoding = encodings.find((known) => known === wanted);
  return { json: encoding ? await ready.compressed(encoding) : ready.json, etag: ready.etag, encoding: encoding ?? '' };
}
