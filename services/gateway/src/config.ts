import { loadConfig, serviceEnvironment } from '@ticketing/common/config';
import { z } from 'zod';

const perSecond = z.coerce.number().int().min(1).max(1_000_000);

const environment = z.object({
  ...serviceEnvironment.shape,
  /** Whose X-Forwarded-For is believed: a number of hops, or addresses and networks as Express takes them. */
  TRUST_PROXY: z
    .string()
    .default('loopback')
    .transform((value) => (/^\d+$/.test(value) ? Number(value) : value)),
  /** Sign-ups and log-ins per second from one address. */
  RATE_CREDENTIALS: perSecond.default(200),
  /** Search suggestions per second for one address. */
  RATE_SUGGESTIONS: perSecond.default(30),
  /** Other requests without a user per second from one address; many people may share it. */
  RATE_ADDRESS: perSecond.default(2_000),
  /** Requests per second of one signed-in user. */
  RATE_USER: perSecond.default(50),
});

export type Config = z.infer<typeof environment>;

/** @param variables defaults to the process environment */
export function readConfig(variables?: NodeJS.ProcessEnv): Config {
  return loadConfig(environment, variables);
}
