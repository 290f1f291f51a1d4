import { z } from 'zod';

const port = z.coerce.number().int().min(1).max(65535);

/** Environment that every service reads. Ports are TCP ports on loopback or the pod; tokens are shared with the own sidecar. */
export const serviceEnvironment = z.object({
  APP_ID: z.string().min(1),
  INSTANCE_ID: z.string().min(1),
  HOST: z.string().default('127.0.0.1'),
  APP_PORT: port,
  DAPR_HTTP_PORT: port.default(3500),
  DAPR_GRPC_PORT: port.default(50001),
  DAPR_API_TOKEN: z.string().min(16),
  APP_API_TOKEN: z.string().min(16),
  NODE_ENV: z.enum(['production', 'development', 'test']).default('production'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  ZIPKIN_URL: z.url().optional(),
});

/** Environment of a service that owns a database. The password comes from the secret store unless it is given here. */
export const databaseEnvironment = z.object({
  DB_HOST: z.string().min(1),
  DB_PORT: port.default(3306),
  DB_NAME: z.string().min(1),
  DB_USER: z.string().min(1),
  DB_PASSWORD: z.string().optional(),
  DB_POOL_SIZE: z.coerce.number().int().min(1).max(200).default(20),
  /** How long anything waits for a free connection: less than a caller waits for its answer. */
  DB_WAIT_MS: z.coerce.number().int().min(1).max(60_000).default(3_000),
});

const hours = z.coerce.number().int().min(1).max(87_600);

/** How long a service with a database keeps what it needs to do things once. */
export const retentionEnvironment = z.object({
  /** Events that were published: so far back a replay reaches. */
  OUTBOX_RETENTION_HOURS: hours.default(168),
  /** Ids of events that were taken: longer than the broker keeps events. */
  INBOX_RETENTION_HOURS: hours.default(336),
  /** Answers under an Idempotency-Key. */
  IDEMPOTENCY_RETENTION_HOURS: hours.default(24),
});

export type ServiceConfig = z.infer<typeof serviceEnvironment>;
export type DatabaseConfig = z.infer<typeof databaseEnvironment>;
export type RetentionConfig = z.infer<typeof retentionEnvironment>;

/** Thrown when the environment does not fit; its message lists every offending variable. */
export class InvalidConfiguration extends Error {
  override readonly name = 'InvalidConfiguration';
}

/**
 * Reads typed configuration from environment variables.
 * @param schema zod object whose keys are variable names
 * @param environment defaults to the process environment
 * @throws InvalidConfiguration naming each variable that is missing or nonsense
 */
export function loadConfig<T extends z.ZodType>(schema: T, environment: NodeJS.ProcessEnv = process.env): z.infer<T> {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new InvalidConfiguration(`The configuration does not fit:\n${problems.join('\n')}`);
}
