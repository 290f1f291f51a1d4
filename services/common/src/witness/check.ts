import type { KeyReader } from './redis-reader.ts';
import type { Books, WitnessDatabase } from './witness-databases.ts';

export type Row = Record<string, string | number | null>;
export type Owner = 'user' | 'concert' | 'reservation' | 'payment';

/** Why something can't be looked at. */
export interface Unseen {
  unseen: string;
}

/** What a check looks into: the databases as they were at one moment, and what lives elsewhere as it is. */
export interface Evidence {
  databases: Record<Owner, Books>;
  /** Waiting rooms and settings. */
  redis: KeyReader | Unseen;
  /** Every document of the search index. */
  searchIndex: (() => Promise<Row[] | Unseen>) | Unseen;
}

export interface WitnessSources extends Evidence {
  databases: Record<Owner, WitnessDatabase>;
}

/** A check. It returns the offending rows; the first column of each names its subject. */
export type Check = (evidence: Evidence) => Promise<Row[] | Unseen>;

/** A check of one database: the statement selects the rows that should not be. */
export function rowsOf(owner: Owner, sql: string): Check {
  return ({ databases }) => databases[owner].rows(sql);
}

/** What a row is about: its first column. The rest may go on changing. */
export function identityOf(row: Row): string {
  return JSON.stringify(Object.entries(row)[0] ?? []);
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

function keyOf(row: Row): string {
  return Object.keys(row)
    .sort()
    .map((column) => `${column}=${row[column] ?? ''}`)
    .join(' ');
}

/**
 * When a change is so young that its event and its kept answer are still there: services keep both for a day at least. A change is dated by
 * a time that is not after it, so that none grows out of what is kept while it counts as young.
 */
export const recently = 'UTC_TIMESTAMP(3) - INTERVAL 12 HOUR';
