import type { Database, Queryable } from '../database.ts';

/**
 * The same database with a piece of SQL rewritten wherever it occurs, so that a test can take a guard away and show
 * that the race which it prevents is real.
 */
export function withoutGuard(db: Database, guard: string, replacement: string): Database {
  const weaken = (queryable: Queryable): Queryable => ({
    query: (sql, values) => queryable.query(sql.replaceAll(guard, replacement), values),
    execute: (sql, values) => queryable.execute(sql.replaceAll(guard, replacement), values),
  });
  return { ...db, ...weaken(db), transaction: (work) => db.transaction((tx) => work(weaken(tx))) };
}
