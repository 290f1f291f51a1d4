import { createPool, type RowDataPacket } from 'mysql2/promise';

/** Where the witness reads. One server may hold all databases, or each service may have its own. */
export interface WitnessAccess {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
}

export interface WitnessDatabase {
  /** Rows as plain objects; ids are lower-case hex. */
  rows: (sql: string) => Promise<Record<string, string | number | null>[]>;
  close: () => Promise<void>;
}

/** Opens a database for reading only. */
export async function openWitnessDatabase(access: WitnessAccess): Promise<WitnessDatabase> {
  // A pool, because its connections are made anew after the server was away.
  const pool = createPool({ ...access, timezone: 'Z', decimalNumbers: true, connectionLimit: 2 });
  (await pool.getConnection()).release();
  return {
    rows: async (sql) => {
      const [rows] = await pool.query<RowDataPacket[]>(sql);
      return rows.map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, plain(value)])));
    },
    close: () => pool.end(),
  };
}

/** A column as the witness sees it. */
export function plain(value: unknown): string | number | null {
  if (value === null || typeof value === 'number' || typeof value === 'string') return value;
  if (Buffer.isBuffer(value)) return value.toString('hex');
  return value instanceof Date ? value.toISOString() : JSON.stringify(value);
}
