import { databaseEnvironment, loadConfig, retentionEnvironment, serviceEnvironment } from '@ticketing/common/config';
import { z } from 'zod';

const environment = z.object({
  ...serviceEnvironment.shape,
  ...databaseEnvironment.shape,
  ...retentionEnvironment.shape,
  /** Copies of each search shard besides the first; 0 suits a cluster of one node. */
  SEARCH_REPLICAS: z.coerce.number().int().min(0).max(10).default(0),
  /** Questions of this instance that Elasticsearch works on at a time; others wait, and SQL answers when that takes too long. */
  SEARCHES: z.coerce.number().int().min(1).max(10_000).default(16),
  /** `off`: this instance neither uses what others have found in the index nor leaves them anything. */
  SHARED_CACHE: z.enum(['on', 'off']).default('on'),
  /** `off`: SQL answers every search and suggestion, whether or not Elasticsearch is well; the index is only kept up. */
  SEARCH_INDEX: z.enum(['on', 'off']).default('on'),
  /** `on`: sends events to the addresses that organisers name. */
  WEBHOOKS: z.enum(['on', 'off']).default('off'),
  /** `on`: these may be plain HTTP and lead into private networks, as those of developers do. Anybody who is organiser could reach what this service reaches. */
  WEBHOOKS_TO_PRIVATE_ADDRESSES: z.enum(['on', 'off']).default('off'),
});

export type Config = z.infer<typeof environment>;

export function readConfig(variables: NodeJS.ProcessEnv = process.env): Config {
  return loadConfig(environment, variables);
}
