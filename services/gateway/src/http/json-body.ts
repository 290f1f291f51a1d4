import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import type { Request } from 'express';
import { z } from 'zod';
import { type Problem, problem } from './problems.ts';

/** Bytes, where a route does not take more. */
const usualBody = 64 * 1_024;
// How long the rest of a refused upload is read and thrown away: a client that is cut off while it sends does not see the answer.
const drainMs = 5_000;
const jsonType = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;
const utf8 = new TextDecoder('utf-8', { fatal: true });

const decodedTooLarge = z.object({ code: z.literal('ERR_BUFFER_TOO_LARGE') });

type Decoder = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>;

const decoders: Record<string, Decoder> = {
  identity: (bytes) => Promise.resolve(bytes),
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/** A body that was read: its JSON value, or undefined where the request has no body at all. */
export interface JsonBody {
  value: unknown;
}

/** Reads a body of at most `largestBody` bytes, before and after decompression. Anything but JSON in UTF-8 is a problem. */
export async function readJsonBody(request: Request, largestBody = usualBody): Promise<JsonBody | Problem> {
  if (!hasBody(request)) return { value: undefined };
  if (!jsonType.test(request.get('content-type') ?? '')) return problem('unsupported-media-type');
  const encoding = (request.get('content-encoding') ?? 'identity').toLowerCase();
  const decode = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined;
  if (!decode) return problem('unsupported-media-type', { detail: 'The content encoding is not gzip, deflate or br.' });
  try {
    const sent = await readBytes(request, largestBody);
    if (!sent) {
      drain(request);
      return problem('body-too-large');
    }
    return { value: JSON.parse(utf8.decode(await decode(sent, { maxOutputLength: largestBody }))) };
  } catch (error) {
    return problem(decodedTooLarge.safeParse(error).success ? 'body-too-large' : 'invalid-body');
  }
}

function hasBody(request: Request): boolean {
  const length = request.get('content-length');
  return request.get('transfer-encoding') !== undefined || (length !== undefined && length !== '0');
}

/** Undefined when it is too large. */
async function readBytes(request: Request, largestBody: number): Promise<Uint8Array | undefined> {
  if (Number(request.get('content-length')) > largestBody) return undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stream: AsyncIterable<Uint8Array> = request.iterator({ destroyOnReturn: false });
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > largestBody) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function drain(request: Request): void {
  const timer = setTimeout(() => request.destroy(), drainMs);
  timer.unref();
  request.once('close', () => {
    clearTimeout(timer);
  });
  request.resume();
}
