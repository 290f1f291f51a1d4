import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent } from 'undici';
import { z } from 'zod';
import { isPublicAddress } from './public-address.ts';
import { objectionTo } from './webhook-url.ts';

/** What became of an attempt: taken by the receiver, or why not. */
export type Attempt = { taken: true } | { taken: false; error: string };

export interface WebhookClient {
  post: (url: string, headers: Record<string, string>, body: string) => Promise<Attempt>;
  close: () => Promise<void>;
}

/** Looks a name up; of a name that has an address which is not public, none is used. */
export type ResolveAll = typeof lookup;

const longestMs = 10_000;
const connectMs = 5_000;
// An answer is read to its end only to keep the connection, and what it says does not matter.
const mostAnswerBytes = 16 * 1_024;

class NotPublic extends Error {
  override readonly name = 'NotPublic';
}

/**
 * Sends webhooks. A connection goes to the very address that was checked: the name is looked up once, by the connection itself, so a name that
 * changes its mind (DNS rebinding) gains nothing. Redirects are not followed.
 * @param toPrivate whether addresses that are not public are allowed
 */
export function createWebhookClient({ toPrivate, resolve = lookup }: { toPrivate: boolean; resolve?: ResolveAll }): WebhookClient {
  const agent = new Agent({
    connect: { timeout: connectMs, lookup: checkedLookup(resolve, toPrivate) },
    // The next delivery to it may be an hour away.
    ...{ keepAliveTimeout: 2_000, connections: 4, headersTimeout: longestMs, bodyTimeout: longestMs, maxHeaderSize: 16 * 1_024 },
  });
  return {
    post: async (url, headers, body) => {
      // An address that is written as such is never looked up, so it is checked here.
      const objection = objectionTo(url, toPrivate);
      if (objection !== undefined) return { taken: false, error: objection };
      const { origin, pathname, search } = new URL(url);
      try {
        const reply = await agent.request({
          ...{ origin, path: `${pathname}${search}`, method: 'POST', body },
          headers: { 'content-type': 'application/json', 'user-agent': 'ticketing-webhooks/1', ...headers },
          signal: AbortSignal.timeout(longestMs),
        });
        await reply.body.dump({ limit: mostAnswerBytes }).catch(() => undefined);
        const { statusCode } = reply;
        return statusCode >= 200 && statusCode < 300 ? { taken: true } : { taken: false, error: `It answers ${statusCode}.` };
      } catch (error) {
        return { taken: false, error: reasonOf(error) };
      }
    },
    close: () => agent.destroy(),
  };
}

function checkedLookup(resolve: ResolveAll, toPrivate: boolean): LookupFunction {
  return (hostname, options, answer) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = error ? [] : addresses;
      if (!first) answer(error ?? new Error(`${hostname} has no address`), '', 4);
      else if (!toPrivate && !addresses.every(({ address }) => isPublicAddress(address))) {
        answer(new NotPublic(`${hostname} leads to an address that is not public`), '', 4);
      } else if (options.all) answer(null, addresses);
      else answer(null, first.address, first.family);
    });
  };
}

const codes: Readonly<Record<string, string>> = {
  ENOTFOUND: 'Its name is not known.',
  ECONNREFUSED: 'It refuses connections.',
  ECONNRESET: 'It ended the connection.',
  UND_ERR_CONNECT_TIMEOUT: 'It takes no connection in time.',
  UND_ERR_HEADERS_TIMEOUT: 'It does not answer in time.',
};

/** What the owner is told; nothing of what a connection found inside of the network. */
function reasonOf(error: unknown): string {
  const { name, code } = namesOf.safeParse(error).data ?? {};
  if (name === 'NotPublic') return 'Its address is not public.';
  if (name === 'TimeoutError') return 'It does not answer in time.';
  return codes[code ?? ''] ?? (/CERT|SELF_SIGNED|TLS|SSL/.test(code ?? '') ? 'Its certificate is not good.' : 'It can’t be reached.');
}

const namesOf = z.looseObject({ name: z.string().optional(), code: z.string().optional() });
