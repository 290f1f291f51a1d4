import { loadConfig, serviceEnvironment } from '@ticketing/common/config';
import { z } from 'zod';

const bound = z.coerce.number().int().min(1).max(1_000_000);

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

const environment = z.object({
  ...serviceEnvironment.shape,
  /** Where people reach the shop; links that they are given begin with it. */
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .default('http://127.0.0.1:8080'),
  /** MiB that answers may take which are kept for those who ask the same. */
  KEPT_ANSWERS_MIB: z.coerce.number().int().min(1).max(1_024).default(64),
  /** Whose X-Forwarded-For is believed: a number of hops, or addresses and networks as Express takes them. */
  TRUST_PROXY: z
    .string()
    .default('loopback')
    .transform((value) => (/^\d+$/.test(value) ? Number(value) : value)),
  /** Origins whose pages may use the API from a browser, separated by commas: for example `https://tickets.example.org`. None by default. */
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((value) => value.split(',').flatMap((part) => part.trim() || []))
    .pipe(z.array(z.url({ protocol: /^https?$/ }).refine(isOrigin, 'An origin is a scheme, a host and perhaps a port, without a path.'))),
  /** Sign-ups and log-ins per second from one address. */
  RATE_CREDENTIALS: bound.default(200),
  /** Sign-ups and log-ins from one address that are under way at a time in this instance, so that one address leaves room for others. */
  CREDENTIALS_AT_ONCE: bound.default(32),
  /** Tokens and passes per second from one address that are found bad; beyond it only those are taken that are known to be good. */
  RATE_BAD_TOKENS: bound.default(100),
  /** Searches, and search suggestions, per second from one address. */
  RATE_SEARCHES: bound.default(20),
  RATE_SUGGESTIONS: bound.default(30),
  /** All requests per second from one address, which many people may share. It is the first thing that is looked at. */
  RATE_ADDRESS: bound.default(5_000),
  /** Requests per second of one signed-in user. */
  RATE_USER: bound.default(100),
  /** Joins of waiting rooms per second of one user, and from one address, which many people may share. */
  RATE_JOINS: bound.default(30),
  RATE_JOINS_ADDRESS: bound.default(2_000),
  /** Looks at a place in a waiting room per second of one user, and from one address. */
  RATE_POLLS: bound.default(20),
  RATE_POLLS_ADDRESS: bound.default(5_000),
  /** Event streams that are open at a time in this instance, of one user in it, and from one address, which many people may share. */
  STREAMS: bound.default(10_000),
  STREAMS_USER: bound.default(5),
  STREAMS_ADDRESS: bound.default(2_000),
});

export type Config = z.infer<typeof environment>;

/** @param variables defaults to the process environment */
export function readConfig(variables?: NodeJS.ProcessEnv): Config {
  return loadConfig(environment, variables);
}
