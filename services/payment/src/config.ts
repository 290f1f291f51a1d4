import { databaseEnvironment, loadConfig, retentionEnvironment, serviceEnvironment } from '@ticketing/common/config';
import { z } from 'zod';

const environment = z.object({
  ...serviceEnvironment.shape,
  ...databaseEnvironment.shape,
  ...retentionEnvironment.shape,
  /** Seconds between two tries of a saga whose quick tries brought no outcome. */
  SAGA_SLOW_SECONDS: z.coerce.number().int().min(1).max(3_600).default(20),
  /** After so many slow tries a saga is parked for an operator. */
  SAGA_SLOW_TRIES: z.coerce.number().int().min(1).max(100_000).default(180),
});

export type Config = z.infer<typeof environment>;

export function readConfig(variables: NodeJS.ProcessEnv = process.env): Config {
  return loadConfig(environment, variables);
}
