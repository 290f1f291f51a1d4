import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import type { Request } from 'express';
import { z } from 'zod';
import { type Problem, problem } from './problems.ts';

const usualBody = 64 * 1_024;
// What is larger is in memory several times over while it is read, so there is one at a time in an instance.
let isReadingLarge = false;
// A client that stops sending is in nobody's way for longer.
const largeBodyMs = 60_000;
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

/**
 * Reads a body, whose size is bounded before and after decompression. Anything but JSON in UTF-8 is a problem.
 * @param largest bytes; where that is more than usual, a large body is refused while another one is read
 */
export async function readJsonBody(request: Request, largest = usualBody): Promise<JsonBody | Problem> {
  if (!hasBody(request)) return { value: undefined };
  if (largest <= usualBody) return readBounded(request, largest);
  // What is compressed may become large.
  const isPlain = (request.get('content-encoding') ?? 'identity').toLowerCase() === 'identity';
  if (isPlain && Number(request.get('content-length')) <= usualBody) return readBounded(request, usualBody);
  if (isReadingLarge) {
    drain(request);
    return problem('rate-limited', { detail: 'Another large body is just being read.' });
  }
  isReadingLarge = true;
  const timer = setTimeout(() => request.destroy(), largeBodyMs);
  try {
    return await readBounded(request, largest);
  } finally {
    clearTimeout(timer);
    isReadingLarge = false;
  }
}

async function readBounded(request: Request, largest: number): Promise<JsonBody | Problem> {
  if (!jsonType.test(request.get('content-type') ?? '')) return problem('unsupported-media-type');
  const encoding = (request.get('content-encoding') ?? 'identity').toLowerCase();
  const decode = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined;
  if (!decode) return problem('unsupported-media-type', { detail: 'The content encoding is not gzip, deflate or br.' });
  try {
    const sent = await readBytes(request, largest);
    if (!sent) {
      drain(request);
      return tooLarge(largest);
    }
    return { value: JSON.parse(utf8.decode(await decode(sent, { maxOutputLength: largest }))) };
  } catch (error) {
    return decodedTooLarge.safeParse(error).success ? tooLarge(largest) : problem('invalid-body');
  }
}

function tooLarge(largest: number): Problem {
  return problem('body-too-large', { detail: `The body has at most ${largest / 1_024} KiB.` });
}

function hasBody(request: Request): boolean {
  const length = request.get('content-length');
  return request.get('transfer-encoding') !== undefined || (length !== undefined && length !== '0');
}

/** Undefined when it is too large. */
async function readBytes(request: Request, largest: number): Promise<Uint8Array | undefined> {
  if (Number(request.get('content-length')) > largest) return undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stream: AsyncIterable<Uint8Array> = request.iterator({ destroyOnReturn: false });
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > largest) return undefined;
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
