import type { Request } from 'express';

const safeMethods = ['GET', 'HEAD', 'OPTIONS'];

/** Whether a request changes nothing, so that it does no harm who has a browser send it. */
export function isSafe({ method }: Pick<Request, 'method'>): boolean {
  return safeMethods.includes(method);
}

/**
 * Whether a page of this very origin has made a browser send the request: by `Sec-Fetch-Site`, which pages can't set, or in a browser
 * without it by `Origin`. A request with neither comes from no browser, or from one that tells nothing.
 */
export function isSameOrigin({ headers }: Pick<Request, 'headers'>): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin, host } = headers;
  if (origin === undefined || host === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: from } = new URL(origin);
  // Without the port that a scheme has anyway.
  return from !== '' && URL.canParse(`${protocol}//${host}`) && new URL(`${protocol}//${host}`).host === from;
}
