import { setTimeout as delay } from 'node:timers/promises';
import { DataSource, type EntitySchema, type MigrationInterface, type QueryRunner } from 'typeorm';
import { MysqlDriver } from 'typeorm/driver/mysql/MysqlDriver.js';
import { parse, stringify, v7, version } from 'uuid';
import type { DatabaseConfig } from './config.ts';
import { boundConnectionWait, type ConnectionPool, isConnectionPool } from './connection-wait.ts';
import { createDatabaseProbe } from './database-probe.ts';

/** A value that mysql2 can bind. */
export type SqlValue = string | number | bigint | boolean | Date | Buffer | null | SqlValue[];

/** Runs SQL, inside or outside of a transaction. */
export interface Queryable {
  /** Rows as the driver returns them; BINARY(16) ids are Buffers, DATETIME(3) are Dates in UTC, BIGINT are numbers. */
  query: <Row>(sql: string, values?: SqlValue[]) => Promise<Row[]>;
  /** The number of rows that a statement changed. A row matched but left as it was counts too. */
  execute: (sql: string, values?: SqlValue[]) => Promise<number>;
}

/** What a transaction's work returns to undo everything and still answer. */
export class Rollback<T> {
  readonly value: T;
  constructor(value: T) {
    this.value = value;
  }
}

export interface Database extends Queryable {
  /** For entities and repositories on paths that are not hot. */
  source: DataSource;
  /**
   * The only place that opens a transaction (READ COMMITTED). Work that met a deadlock is run again
   * from scratch, with jitter, so it must have no effect outside of the database. Return `new Rollback(value)` to undo.
   */
  transaction: <T>(work: (tx: Queryable) => Promise<T | Rollback<T>>) => Promise<T>;
  /** Throws when the database does not answer or takes no writes, however busy this process is with it. */
  check: () => Promise<void>;
  /** Throws when the database does not answer or migrations are missing. */
  checkMigrations: () => Promise<void>;
  close: () => Promise<void>;
}

export interface DatabaseOptions {
  config: DatabaseConfig;
  password: string;
  entities: EntitySchema[];
  migrations: (new () => MigrationInterface)[];
}

const attempts = 8;

const sessionSettings = [
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  "SET time_zone = '+00:00'",
  // The caller has given up by then.
  'SET SESSION innodb_lock_wait_timeout = 4',
];

interface NewConnection {
  query: (sql: string, done: (error: Error | null) => void) => void;
  destroy: () => void;
}

/** Connects to the service's own database. Both MySQL 8.4 and MariaDB 10.11 will do. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const source = new DataSource({
    type: 'mysql',
    host: options.config.DB_HOST,
    port: options.config.DB_PORT,
    username: options.config.DB_USER,
    password: options.password,
    database: options.config.DB_NAME,
    charset: 'utf8mb4',
    timezone: 'Z',
    poolSize: options.config.DB_POOL_SIZE,
    entities: options.entities,
    migrations: options.migrations,
    migrationsTableName: 'migrations',
    synchronize: false,
    supportBigNumbers: true,
    bigNumberStrings: false,
    logging: false,
    connectTimeout: 5_000,
    // Found rows, not changed rows: an update that sets the same value again still counts as a match. A connection whose other end is
    // gone is found out in half a minute of silence; without a delay of its own it would be the system's two hours.
    extra: { waitForConnections: true, flags: ['FOUND_ROWS'], enableKeepAlive: true, keepAliveInitialDelay: 10_000 },
  });
  await source.initialize();
  const pool = poolOf(source);
  await useSessionSettings(source, pool);
  boundConnectionWait(pool, options.config.DB_WAIT_MS);
  const probe = createDatabaseProbe(options.config, options.password);

  return {
    source,
    ...queryable((sql, values) => withRunner(source, (runner) => runner.query(sql, values))),
    transaction: (work) => runTransaction(source, work),
    check: probe.check,
    checkMigrations: async () => {
      if (await source.showMigrations()) throw new Error('migrations are missing');
    },
    close: async () => {
      await Promise.all([source.destroy(), probe.close()]);
    },
  };
}

function poolOf({ driver }: DataSource): ConnectionPool {
  if (!(driver instanceof MysqlDriver)) throw new Error('the database driver is not MySQL');
  const pool: unknown = driver.pool;
  if (!isConnectionPool(pool)) throw new Error('the driver has no pool');
  return pool;
}

// Set per connection, because asking for it per transaction would cost a round trip each time.
async function useSessionSettings(source: DataSource, pool: ConnectionPool): Promise<void> {
  pool.on('connection', (connection: NewConnection) => {
    for (const statement of sessionSettings) {
      connection.query(statement, (error) => {
        // A connection with other rules than the rest must not be used.
        if (error) connection.destroy();
      });
    }
  });
  // The pool's first connection was opened before anybody listened.
  for (const statement of sessionSettings) await source.query(statement);
}

function queryable(run: (sql: string, values: SqlValue[]) => Promise<unknown>): Queryable {
  return {
    query: async <Row>(sql: string, values: SqlValue[] = []) => {
      const rows = await run(sql, values);
      if (!Array.isArray(rows)) throw new Error('the statement returned no rows');
      // The one place where rows get their type: SQL and row type stand side by side at each call.
      return rows as Row[];
    },
    execute: async (sql, values = []) => {
      const result = await run(sql, values);
      if (typeof result === 'object' && result !== null && 'affectedRows' in result) return Number(result.affectedRows);
      throw new Error('the statement returned no row count');
    },
  };
}

async function runTransaction<T>(source: DataSource, work: (tx: Queryable) => Promise<T | Rollback<T>>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await withRunner(source, (runner) => attemptTransaction(runner, work));
    } catch (error) {
      if (attempt >= attempts || !isDeadlock(error)) throw error;
    }
    await delay(Math.random() * 10 * 2 ** attempt);
  }
}

/** Works on one connection, which is given up where it leads to a database that takes no writes. */
async function withRunner<T>(source: DataSource, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
  const runner = source.createQueryRunner();
  try {
    return await work(runner);
  } catch (error) {
    if (readOnlyCodes.has(errorCode(error) ?? '')) {
      const connection: unknown = await runner.connect();
      if (isDestroyable(connection)) connection.destroy();
    }
    throw error;
  } finally {
    await runner.release();
  }
}

function isDestroyable(connection: unknown): connection is Pick<NewConnection, 'destroy'> {
  return typeof connection === 'object' && connection !== null && 'destroy' in connection && typeof connection.destroy === 'function';
}

async function attemptTransaction<T>(runner: QueryRunner, work: (tx: Queryable) => Promise<T | Rollback<T>>): Promise<T> {
  await runner.startTransaction();
  try {
    const result = await work(queryable((sql, values) => runner.query(sql, values)));
    if (result instanceof Rollback) {
      await runner.rollbackTransaction();
      return result.value;
    }
    await runner.commitTransaction();
    return result;
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  }
}

function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}

function isDeadlock(error: unknown): boolean {
  return ['ER_LOCK_DEADLOCK', 'ER_CHECKREAD'].includes(errorCode(error) ?? '');
}

const readOnlyCodes = new Set(['ER_OPTION_PREVENTS_STATEMENT', 'ER_READ_ONLY_MODE', 'ER_INNODB_READ_ONLY']);

const outCodes = new Set([
  ...readOnlyCodes,
  'NO_FREE_CONNECTION',
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'ER_CON_COUNT_ERROR',
  'ER_CONNECTION_KILLED',
  'ER_NEW_ABORTING_CONNECTION',
  'ER_QUERY_INTERRUPTED',
  'ER_DISK_FULL',
  'ER_LOCK_DEADLOCK',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_SERVER_SHUTDOWN',
]);

/** True when the database was away or too busy, rather than asked for nonsense. */
export function isDatabaseOut(error: unknown): boolean {
  // What ends a connection may come without a code.
  return outCodes.has(errorCode(error) ?? '') || (typeof error === 'object' && error !== null && 'fatal' in error && error.fatal === true);
}

/** True for a violated primary or unique key. */
export function isDuplicateKey(error: unknown): boolean {
  return errorCode(error) === 'ER_DUP_ENTRY';
}

/** A new time-ordered id (UUIDv7). */
export function newId(): string {
  return v7();
}

/** When a UUIDv7 was made, to the millisecond. @throws Error for an id of another kind, which tells no time */
export function timeOfId(id: string): Date {
  if (version(id) !== 7) throw new Error(`${id} is no UUIDv7`);
  return new Date(idToBinary(id).readUIntBE(0, 6));
}

/** An id as stored: BINARY(16). @throws TypeError when it is no UUID */
export function idToBinary(id: string): Buffer {
  return Buffer.from(parse(id));
}

/** An id as shown. */
export function idFromBinary(stored: Buffer): string {
  return stringify(stored);
}
