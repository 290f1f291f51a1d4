import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Logger } from '@ticketing/common/log';
import type { Request, Response } from 'express';
import { securityHeaders } from './security-headers.ts';

/** Text that is saved as a file rather than read by a program that speaks JSON. */
export interface SentFile {
  type: 'text/calendar' | 'text/csv';
  /** Letters, digits, `-` and `.` only. */
  name: string;
  /** All of it, or parts that are made while the client reads. */
  content: string | AsyncIterable<string>;
}

/** Answers with a file. Where a part can't be made, the connection is cut off, so that nobody takes what came before for all of it. */
export function sendFile(log: Logger, request: Request, response: Response, { type, name, content }: SentFile): void {
  const headers = {
    ...securityHeaders,
    'cache-control': 'no-store',
    'content-type': `${type}; charset=utf-8`,
    'content-disposition': `attachment; filename="${name}"`,
  };
  if (typeof content === 'string') {
    response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(content) }).end(content);
    return;
  }
  response.writeHead(200, headers);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  pipeline(Readable.from(content), response).catch((error: unknown) => {
    if (!request.socket.destroyed) log.error({ err: error }, 'a file was cut off');
    response.destroy();
  });
}
