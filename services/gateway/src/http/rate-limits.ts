import { isIPv6 } from 'node:net';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Config } from '../config.ts';

export type RateLimitName =
  | 'credentials'
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
  take: (name: RateLimitName, key: string) => Promise<number | undefined>;
}

/** Limits per second, kept in this process: each instance of the gateway counts for itself. */
export function createRateLimits(config: Config): RateLimits {
  const limiters: Record<RateLimitName, RateLimiterMemory> = {
    credentials: new RateLimiterMemory({ points: config.RATE_CREDENTIALS, duration: 1 }),
    suggestions: new RateLimiterMemory({ points: config.RATE_SUGGESTIONS, duration: 1 }),
    address: new RateLimiterMemory({ points: config.RATE_ADDRESS, duration: 1 }),
    user: new RateLimiterMemory({ points: config.RATE_USER, duration: 1 }),
    joins: new RateLimiterMemory({ points: config.RATE_JOINS, duration: 1 }),
    polls: new RateLimiterMemory({ points: config.RATE_POLLS, duration: 1 }),
    'joins-of-address': new RateLimiterMemory({ points: config.RATE_JOINS_ADDRESS, duration: 1 }),
    'polls-of-address': new RateLimiterMemory({ points: config.RATE_POLLS_ADDRESS, duration: 1 }),
  };
  return {
    take: async (name, key) => {
      try {
        await limiters[name].consume(key);
        return undefined;
      } catch (error) {
        if (error instanceof RateLimiterRes) return Math.max(1, Math.ceil(error.msBeforeNext / 1_000));
        throw error;
      }
    },
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
