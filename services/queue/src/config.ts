import { loadConfig, serviceEnvironment } from '@ticketing/common/config';
import { z } from 'zod';

const environment = z.object({
  ...serviceEnvironment.shape,
  /** 1: joining needs a verified address, as long as the setting `queue.verified-only` was not set. */
  QUEUE_VERIFIED_ONLY: z.enum(['0', '1']).default('0'),
});

export type Config = z.infer<typeof environment>;

export function readConfig(variables: NodeJS.ProcessEnv = process.env): Config {
  return loadConfig(environment, variables);
}
