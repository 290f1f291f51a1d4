import { z } from 'zod';
import type { Owner } from './check.ts';
import type { WitnessConfig } from './sources.ts';

const owners: Record<Owner, string> = { user: 'users', concert: 'concerts', reservation: 'reservations', payment: 'payments' };

const port = z.coerce.number().int().min(1).max(65535);
const environment = z.object({
  WITNESS_DB_HOST: z.string().min(1),
  WITNESS_DB_PORT: port.default(3306),
  WITNESS_DB_USER: z.string().min(1).default('witness'),
  WITNESS_DB_PASSWORD: z.string(),
  WITNESS_REDIS_HOST: z.string().min(1).optional(),
  WITNESS_REDIS_PORT: port.default(6379),
  WITNESS_REDIS_PASSWORD: z.string().default(''),
  WITNESS_ELASTICSEARCH_URL: z.url().optional(),
});

/** Thrown when the environment does not say where to look. */
export class WitnessMisconfigured extends Error {
  override readonly name = 'WitnessMisconfigured';
}

/**
 * Where to look, from variables: one server for all databases, or another for one of them (WITNESS_PAYMENT_DB_HOST and so on).
 * Undefined: the environment names no database.
 * @throws WitnessMisconfigured naming what is missing or nonsense
 */
export function configFromEnvironment(variables: NodeJS.ProcessEnv): WitnessConfig | undefined {
  if (!Object.keys(variables).some((name) => /^WITNESS_(\w+_)?DB_HOST$/.test(name))) return undefined;
  const database = (owner: Owner): WitnessConfig['databases'][Owner] => {
    const own = `WITNESS_${owner.toUpperCase()}_DB_`;
    const read = readEnvironment({
      ...variables,
      ...Object.fromEntries(
        ['HOST', 'PORT', 'USER', 'PASSWORD'].flatMap((name) => {
          const value = variables[`${own}${name}`];
          return value === undefined ? [] : [[`WITNESS_DB_${name}`, value]];
        }),
      ),
    });
    return {
      host: read.WITNESS_DB_HOST,
      port: read.WITNESS_DB_PORT,
      user: read.WITNESS_DB_USER,
      password: read.WITNESS_DB_PASSWORD,
      database: variables[`${own}NAME`] ?? owners[owner],
    };
  };
  const databases = {
    user: database('user'),
    concert: database('concert'),
    reservation: database('reservation'),
    payment: database('payment'),
  };
  return { databases, ...stores(variables) };
}

function stores(variables: NodeJS.ProcessEnv): Omit<WitnessConfig, 'databases'> {
  const read = readEnvironment({ ...variables, WITNESS_DB_HOST: '-', WITNESS_DB_PASSWORD: '' });
  const { WITNESS_REDIS_HOST: host, WITNESS_REDIS_PORT, WITNESS_REDIS_PASSWORD: password } = read;
  return {
    redis: host === undefined ? undefined : { host, port: WITNESS_REDIS_PORT, password },
    elasticsearchUrl: read.WITNESS_ELASTICSEARCH_URL?.replace(/\/$/, ''),
  };
}

function readEnvironment(variables: NodeJS.ProcessEnv): z.infer<typeof environment> {
  const parsed = environment.safeParse(variables);
  if (parsed.success) return parsed.data;
  throw new WitnessMisconfigured(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));
}
