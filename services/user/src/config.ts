import { databaseEnvironment, loadConfig, retentionEnvironment, serviceEnvironment } from '@ticketing/common/config';
import { z } from 'zod';

const environment = z.object({
  ...serviceEnvironment.shape,
  ...databaseEnvironment.shape,
  ...retentionEnvironment.shape,
  /** How long an access token is good for, in seconds. */
  ACCESS_TOKEN_SECONDS: z.coerce.number().int().min(60).max(86_400).default(3_600),
  /** Passwords that are hashed at a time: of the four threads of the process, looking up names needs some too. */
  PASSWORDS_AT_WORK: z.coerce.number().int().min(1).max(64).default(2),
  /** Passwords that wait for it, and for how long: less than a caller waits for its answer. */
  PASSWORDS_WAITING: z.coerce.number().int().min(1).max(10_000).default(200),
  PASSWORD_WAIT_MS: z.coerce.number().int().min(100).max(60_000).default(3_500),
  /** `on` where the component ticketing-mail knows a mail server. */
  MAIL_SENDING: z.enum(['on', 'off']).default('off'),
  /** How long mails are kept after they were sent or given up, with the addresses. */
  MAIL_RETENTION_HOURS: z.coerce.number().int().min(1).max(87_600).default(168),
  /** Where the links in mails begin. */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:8080'),
});

export type Config = z.infer<typeof environment>;

export function readConfig(variables: NodeJS.ProcessEnv = process.env): Config {
  return loadConfig(environment, variables);
}
