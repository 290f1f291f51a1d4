import { loadConfig, type ServiceConfig, serviceEnvironment } from '@ticketing/common/config';

export type Config = ServiceConfig;

export function readConfig(): Config {
  return loadConfig(serviceEnvironment);
}
