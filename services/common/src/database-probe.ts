import { createPool, type RowDataPacket } from 'mysql2/promise';
import type { DatabaseConfig } from './config.ts';

export interface DatabaseProbe {
  /** Throws when the database does not answer, or takes no writes as one does that is a replica. */
  check: () => Promise<void>;
  close: () => Promise<void>;
}

interface Variable extends RowDataPacket {
  Variable_name: string;
  Value: string;
}

const answerMs = 2_000;
// Not each database has each of them.
const question = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only', 'super_read_only', 'innodb_read_only')";

/** Checks that the database answers, on a separate connection: the pool may be exhausted although the database is healthy. */
export function createDatabaseProbe({ DB_HOST, DB_PORT, DB_USER, DB_NAME }: DatabaseConfig, password: string): DatabaseProbe {
  const server = { host: DB_HOST, port: DB_PORT, user: DB_USER, password, database: DB_NAME };
  const pool = createPool({ ...server, connectionLimit: 1, connectTimeout: answerMs, enableKeepAlive: true });
  let running: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    const connection = await pool.getConnection();
    try {
      const [variables] = await connection.query<Variable[]>({ sql: question, timeout: answerMs });
      expectWritable(variables);
    } catch (error) {
      connection.destroy();
      throw error;
    } finally {
      connection.release();
    }
  };
  return {
    check: () => {
      running ??= look().finally(() => {
        running = undefined;
      });
      return running;
    },
    close: () => pool.end(),
  };
}

/** @throws Error naming what keeps the database from taking writes */
export function expectWritable(variables: readonly Pick<Variable, 'Variable_name' | 'Value'>[]): void {
  const closed = variables.find(({ Value }) => Value !== 'OFF');
  if (closed) throw new Error(`the database takes no writes: ${closed.Variable_name} is ${closed.Value}`);
}
