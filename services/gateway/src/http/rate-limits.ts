import { isIPv6 } from 'node:net';
import type { Config } from '../config.ts';
import { createSlidingLimit, type SlidingLimit } from './sliding-limit.ts';

export type RateLimitName =
  | 'credentials'
  | 'bad-tokens'
  | 'searches'
  | 'suggestions'
  | 'address'
  | 'user'
  | 'joins'
  | 'polls'
  | 'joins-of-address'
  | 'polls-of-address';

export interface RateLimits {
  /**
   * Counts one request.
   * @param key a client's network or a user id
   * @returns undefined when it may go on, else the seconds to wait
   */
  take: (name: RateLimitName, key: string) => number | undefined;
  /** The same without counting. */
  look: (name: RateLimitName, key: string) => number | undefined;
}

/** Limits per second, kept in this process: each instance of the gateway counts for itself. */
export function createRateLimits(config: Config): RateLimits {
  const limits: Record<RateLimitName, SlidingLimit> = {
    credentials: createSlidingLimit({ most: config.RATE_CREDENTIALS }),
    'bad-tokens': createSlidingLimit({ most: config.RATE_BAD_TOKENS }),
    searches: createSlidingLimit({ most: config.RATE_SEARCHES }),
    suggestions: createSlidingLimit({ most: config.RATE_SUGGESTIONS }),
    address: createSlidingLimit({ most: config.RATE_ADDRESS }),
    user: createSlidingLimit({ most: config.RATE_USER }),
    joins: createSlidingLimit({ most: config.RATE_JOINS }),
    polls: createSlidingLimit({ most: config.RATE_POLLS }),
    'joins-of-address': createSlidingLimit({ most: config.RATE_JOINS_ADDRESS }),
    'polls-of-address': createSlidingLimit({ most: config.RATE_POLLS_ADDRESS }),
  };
  return {
    take: (name, key) => (limits[name].take(key) ? undefined : 1),
    look: (name, key) => (limits[name].allows(key) ? undefined : 1),
  };
}

/** What counts as one client by its address: an IPv4 address, or the /64 of an IPv6 address, all of which one client has. */
export function networkOf(address = 'unknown'): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - groups.length - behind.length }, () => '0');
  const network = [...groups, ...zeros, ...behind].slice(0, 4);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
