import cors from 'cors';
import type { RequestHandler } from 'express';

const secondsRemembered = 600;

/**
 * Lets pages of these origins use the API from a browser (CORS), with access tokens and not with cookies: answers their preflights, and
 * marks every other answer, errors included. To all other origins the API is as if there were no such thing.
 */
export function openToOrigins(origins: readonly string[]): RequestHandler | undefined {
  if (origins.length === 0) return undefined;
  const allow = cors({
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'if-none-match', 'x-queue-pass'],
    exposedHeaders: ['etag', 'location', 'retry-after'],
    maxAge: secondsRemembered,
  });
  return (request, response, next) => {
    // Caches keep an answer for one origin apart from that for another.
    response.vary('Origin');
    if (origins.includes(request.get('origin') ?? '')) allow(request, response, next);
    else next();
  };
}
