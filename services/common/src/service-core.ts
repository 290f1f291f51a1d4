import type { EntitySchema, MigrationInterface } from 'typeorm';
import type { DatabaseConfig, ServiceConfig } from './config.ts';
import { refuseCrashPoints } from './crash-point.ts';
import { Sidecar } from './dapr.ts';
import { type Database, openDatabase } from './database.ts';
import { createLogger, type Logger } from './log.ts';
import { pollUntil } from './poll-until.ts';
import { startTelemetry, type Telemetry } from './telemetry.ts';

/** What every service's context begins with. */
export interface ServiceCore {
  log: Logger;
  telemetry: Telemetry;
  sidecar: Sidecar;
}

/** Starts logging, telemetry and the connection to the own sidecar, and waits until that is up. */
export async function startServiceCore(config: ServiceConfig): Promise<ServiceCore> {
  refuseCrashPoints(process.env);
  const identity = { service: config.APP_ID, instance: config.INSTANCE_ID };
  const log = createLogger({ ...identity, level: config.LOG_LEVEL });
  const telemetry = startTelemetry({ ...identity, zipkinUrl: config.ZIPKIN_URL });
  const sidecar = new Sidecar({ httpPort: config.DAPR_HTTP_PORT, apiToken: config.DAPR_API_TOKEN });
  await sidecar.waitUntilUp();
  return { log, telemetry, sidecar };
}

const migrationsTimeoutMs = 120_000;

/**
 * Opens the service's database with the password from the secret store, under the name `<APP ID>_DB_PASSWORD`, and waits until its migrations
 * are done: a version that starts beside them must not work on tables that it does not know.
 */
export async function openServiceDatabase(
  config: ServiceConfig & DatabaseConfig,
  { sidecar, log }: Pick<ServiceCore, 'sidecar' | 'log'>,
  schema: { entities: EntitySchema[]; migrations: (new () => MigrationInterface)[] },
): Promise<Database> {
  const password = config.DB_PASSWORD ?? (await sidecar.getSecret(`${config.APP_ID.toUpperCase()}_DB_PASSWORD`));
  const db = await openDatabase({ config, password, ...schema });
  await waitForMigrations(db, log);
  return db;
}

/** @throws Error when they are not done in time */
export async function waitForMigrations(
  db: Pick<Database, 'checkMigrations'>,
  log: Logger,
  timeoutMs = migrationsTimeoutMs,
): Promise<void> {
  let reason: unknown;
  const look = (): Promise<true | undefined> =>
    db.checkMigrations().then(
      () => true as const,
      (error: unknown) => {
        if (reason === undefined) log.info({ err: error }, 'waiting for the migrations');
        reason = error;
        return undefined;
      },
    );
  if (!(await pollUntil(look, timeoutMs))) throw new Error('the database is not ready', { cause: reason });
}
