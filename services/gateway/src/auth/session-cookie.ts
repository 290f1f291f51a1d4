import type { Request } from 'express';

// A browser takes a cookie of this prefix only from this very host, over TLS or from loopback, and for all paths.
const name = '__Host-session';
const attributes = 'Path=/; HttpOnly; Secure; SameSite=Strict';

/** The access token in the cookie of a browser session; undefined where there is none. */
export function readSessionCookie({ headers }: Pick<Request, 'headers'>): string | undefined {
  const pair = headers.cookie?.split(';').find((part) => part.trimStart().startsWith(`${name}=`));
  const token = pair?.slice(pair.indexOf('=') + 1).trim();
  return token === '' ? undefined : token;
}

/** `Set-Cookie` with an access token, as long as it is good. */
export function sessionCookie(accessToken: string, expiresAt: Date): string {
  const seconds = Math.max(0, Math.floor((expiresAt.getTime() - Date.now()) / 1_000));
  return `${name}=${accessToken}; Max-Age=${seconds}; ${attributes}`;
}

/** `Set-Cookie` that takes it away. */
export const noSessionCookie = `${name}=; Max-Age=0; ${attributes}`;
