import { databaseEnvironment, loadConfig, retentionEnvironment, serviceEnvironment } from '@ticketing/common/config';
import { z } from 'zod';

const environment = z.object({
  ...serviceEnvironment.shape,
  ...databaseEnvironment.shape,
  ...retentionEnvironment.shape,
  /** The sweeper only tidies up: holds are dead after their expiry with or without it. */
  HOLD_SWEEPER: z.enum(['on', 'off']).default('on'),
});

export type Config = z.infer<typeof environment>;

export function readConfig(variables: NodeJS.ProcessEnv = process.env): Config {
  return loadConfig(environment, variables);
}
