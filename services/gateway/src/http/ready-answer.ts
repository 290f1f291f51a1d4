import { createHash } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import type { Request, Response } from 'express';
import { securityHeaders } from './security-headers.ts';

/** A 200 with everything made that there is to send, for any number of requests. */
export interface ReadyAnswer {
  /** The bytes of the body, or a string with a character of latin1 for each of them. */
  body: Uint8Array | string;
  etag: string;
  /** All of a 200. */
  headers: Readonly<OutgoingHttpHeaders>;
  /** All of a 304. */
  unchangedHeaders: Readonly<OutgoingHttpHeaders>;
}

// Node sends headers and a short string in one piece, which costs less than two. Of a long body that would be another copy.
const longestString = 16 * 1_024;

/** @param headers with a `cache-control`; an `etag` where it is not to be the hash of the bytes */
export function readyAnswer(bytes: Uint8Array, headers: { 'cache-control': string; etag?: string; [name: string]: string }): ReadyAnswer {
  const etag = headers.etag ?? `"${createHash('sha1').update(bytes).digest('base64url')}"`;
  const { 'content-encoding': encoding, ...others } = headers;
  const unchangedHeaders = { ...securityHeaders, ...others, etag };
  return {
    body: bytes.byteLength <= longestString ? Buffer.from(bytes).toString('latin1') : bytes,
    etag,
    unchangedHeaders,
    headers: {
      ...unchangedHeaders,
      ...(encoding !== undefined && { 'content-encoding': encoding }),
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(bytes.byteLength),
    },
  };
}

/** What the body says, as UTF-8. */
export function textOf({ body }: ReadyAnswer): string {
  return (typeof body === 'string' ? Buffer.from(body, 'latin1') : Buffer.from(body)).toString();
}

/** Sends it, or 304 to who has it already. */
export function sendReady(request: Request, response: Response, { body, etag, headers, unchangedHeaders }: ReadyAnswer): void {
  if (isKnown(request.headers['if-none-match'], etag)) response.writeHead(304, unchangedHeaders).end();
  else response.writeHead(200, headers).end(body, 'latin1');
}

/** Whether `If-None-Match` names the tag. Proxies that compress on the way mark a tag as weak; for GET that makes no difference. */
function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header === etag || header.trim() === '*') return true;
  const strong = etag.replace(/^W\//, '');
  return [...header.matchAll(/(?:W\/)?("[^"]*")/g)].some(([, tag]) => tag === strong);
}
