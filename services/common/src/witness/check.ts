import type { KeyReader } from './redis-reader.ts';
import type { WitnessDatabase } from './witness-databases.ts';

export type Row = Record<string, string | number | null>;
export type Owner = 'user' | 'concert' | 'reservation' | 'payment';

/** What the witness may look into. Databases are required; where the rest is not given, what lives there is not looked at. */
export interface WitnessSources {
  databases: Record<Owner, WitnessDatabase>;
  /** Waiting rooms and seat claims. */
  redis: KeyReader | undefined;
  /** Every document of the search index, or undefined where there is no index. */
  searchIndex: (() => Promise<Row[] | undefined>) | undefined;
}

/** One thing that must be so. It returns the rows for which it is not; undefined: it could not be looked at. */
export type Check = (sources: WitnessSources) => Promise<Row[] | undefined>;

/** A check of one database: the statement selects the rows that should not be. */
export function rowsOf(owner: Owner, sql: string): Check {
  return ({ databases }) => databases[owner].rows(sql);
}

/** The same values in both, as often. Each row that has no twin is returned with the name of the side that lacks it. */
export function unmatched(left: { name: string; rows: Row[] }, right: { name: string; rows: Row[] }): Row[] {
  const lacking = (rows: Row[], others: Row[], name: string): Row[] => {
    const counts = new Map<string, number>();
    for (const row of others) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
    return rows.flatMap((row) => {
      const left = counts.get(keyOf(row)) ?? 0;
      counts.set(keyOf(row), left - 1);
      return left > 0 ? [] : [{ ...row, missing: name }];
    });
  };
  return [...lacking(left.rows, right.rows, right.name), ...lacking(right.rows, left.rows, left.name)];
}

/** The rows whose key is not among the others'. */
export function without(rows: Row[], others: Row[], missing: string): Row[] {
  const known = new Set(others.map(keyOf));
  return rows.filter((row) => !known.has(keyOf(row))).map((row) => ({ ...row, missing }));
}

function keyOf(row: Row): string {
  return Object.keys(row)
    .sort()
    .map((column) => `${column}=${row[column] ?? ''}`)
    .join(' ');
}

/** Services keep events and answers for a day at least; what is older is not looked for. */
export const recently = 'UTC_TIMESTAMP(3) - INTERVAL 12 HOUR';
