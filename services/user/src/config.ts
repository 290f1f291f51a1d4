import { databaseEnvironment, loadConfig, retentionEnvironment, serviceEnvironment } from '@ticketing/common/config';
import { z } from 'zod';

const environment = z.object({
  ...serviceEnvironment.shape,
  ...databaseEnvironment.shape,
  ...retentionEnvironment.shape,
  /** How long an access token is good for, in seconds. */
  ACCESS_TOKEN_SECONDS: z.coerce.number().int().min(60).max(86_400).default(3_600),
});

export type Config = z.infer<typeof environment>;

export function readConfig(variables: NodeJS.ProcessEnv = process.env): Config {
  return loadConfig(environment, variables);
}
