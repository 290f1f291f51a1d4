import { databaseEnvironment, loadConfig, serviceEnvironment } from '@ticketing/common/config';
import { z } from 'zod';

const environment = z.object({ ...serviceEnvironment.shape, ...databaseEnvironment.shape });

export type Config = z.infer<typeof environment>;

export function readConfig(variables: NodeJS.ProcessEnv = process.env): Config {
  return loadConfig(environment, variables);
}
