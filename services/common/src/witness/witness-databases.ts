import { createPool, type Pool, type PoolConnection, type RowDataPacket } from 'mysql2/promise';

/** Where the witness reads. One server may hold all databases, or each service may have its own. */
export interface WitnessAccess {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
}

export interface Books {
  /** Rows as plain objects; ids are lower-case hex. */
  rows: (sql: string) => Promise<Record<string, string | number | null>[]>;
}

/** A database as it was at one moment. Its clock stands still with it. */
export interface Snapshot extends Books {
  release: () => Promise<void>;
}

export interface WitnessDatabase extends Books {
  snapshot: () => Promise<Snapshot>;
  close: () => Promise<void>;
}

/** Opens a database for reading only. */
export async function openWitnessDatabase(access: WitnessAccess): Promise<WitnessDatabase> {
  // A pool, because it reconnects after the server was away.
  const pool = createPool({ ...access, timezone: 'Z', decimalNumbers: true, connectionLimit: 2 });
  (await pool.getConnection()).release();
  return { rows: (sql) => readRows(pool, sql), snapshot: () => takeSnapshot(pool), close: () => pool.end() };
}

async function takeSnapshot(pool: Pool): Promise<Snapshot> {
  const connection = await pool.getConnection();
  const begin = [
    'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ',
    'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY',
    'SET timestamp = UNIX_TIMESTAMP(NOW(6))',
  ];
  try {
    for (const statement of begin) await connection.query(statement);
  } catch (error) {
    connection.destroy();
    throw error;
  }
  return {
    rows: (sql) => readRows(connection, sql),
    // The next one to have the connection would find its clock standing.
    release: () => Promise.resolve(connection.destroy()),
  };
}

/** Reads rows by a connection of any kind. */
export async function readRows(connection: Pick<Pool | PoolConnection, 'query'>, sql: string): ReturnType<Books['rows']> {
  const [rows] = await connection.query<RowDataPacket[]>(sql);
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, plain(value)])));
}

/** A column as the witness sees it. */
function plain(value: unknown): string | number | null {
  if (value === null || typeof value === 'number' || typeof value === 'string') return value;
  if (Buffer.isBuffer(value)) return value.toString('hex');
  return value instanceof Date ? value.toISOString() : JSON.stringify(value);
}
