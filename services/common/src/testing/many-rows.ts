import { createHash, randomUUID } from 'node:crypto';
import type { Queryable } from '../database.ts';

const isExplaining = process.env.TICKETING_EXPLAIN !== undefined;

/** Rows that a table of a hot path gets: a million for `npm run explain`, in every other run enough for the optimizer to prefer an index. */
export const manyRows = isExplaining ? 1_000_000 : 2_000;

const run = randomUUID();
const rowsPerStatement = 10_000;

/**
 * Writes rows made from their numbers, 0 … count - 1, in statements that are small enough for any server's temporary folder.
 * @param columns SQL expressions in which `n` is the number
 */
export async function insertMany(db: Queryable, table: string, columns: Record<string, string>, count = manyRows): Promise<void> {
  reportProgress(`${table}: ${count.toLocaleString('en')} rows`);
  const names = Object.keys(columns).join(', ');
  for (let from = 0; from < count; from += rowsPerStatement) {
    const values = Object.values(columns).join(', ');
    await db.execute(`INSERT INTO ${table} (${names}) SELECT ${values} FROM ${numbers(from, Math.min(count, from + rowsPerStatement))}`);
  }
}

/** A derived table with the column `n`: the numbers from `from` up to and without `to`, no more than ten thousand. */
function numbers(from: number, to: number): string {
  const digits =
    '(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)';
  const places = ['a', 'b', 'c', 'e'].map((name) => `${digits} ${name}`).join(' CROSS JOIN ');
  return `(SELECT n FROM (SELECT ${from} + a.d + 10 * b.d + 100 * c.d + 1000 * e.d AS n FROM ${places}) counted WHERE n < ${to}) numbered`;
}

/** The id of a row by its number, as SQL: in order of the numbers, and others in each run. */
export function numberedId(kind: string, number = 'n'): string {
  return `UNHEX(CONCAT(LPAD(HEX(${number}), 12, '0'), '${suffixOf(kind)}'))`;
}

/** The same id as stored. */
export function storedNumberedId(kind: string, number: number): Buffer {
  return Buffer.from(`${number.toString(16).padStart(12, '0')}${suffixOf(kind)}`, 'hex');
}

// What looks like a UUID of version 7 is taken for one.
function suffixOf(kind: string): string {
  const hash = createHash('md5').update(`${run} ${kind}`).digest('hex');
  return `7${hash.slice(0, 3)}8${hash.slice(3, 18)}`;
}

/** Lets the optimizer know what was written. */
export async function analyzeTables(db: Queryable, tables: string[]): Promise<void> {
  for (const table of tables) await db.query(`ANALYZE TABLE ${table}`);
}

/** Tells who waits for `npm run explain` what it is at. */
export function reportProgress(line: string): void {
  if (isExplaining) process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}
