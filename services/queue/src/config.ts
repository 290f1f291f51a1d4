import { loadConfig, type ServiceConfig, serviceEnvironment } from '@ticketing/common/config';

export type Config = ServiceConfig;

export function readConfig(variables: NodeJS.ProcessEnv = process.env): Config {
  return loadConfig(serviceEnvironment, variables);
}
