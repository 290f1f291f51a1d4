import type { Database, Queryable } from '../database.ts';

/**
 * The same database with a piece of SQL rewritten wherever it occurs, so that a test can take a guard away and show
 * that the race which it prevents is real.
 */
export function withoutGuard(db: Database, guard: string, replacement: string): Database {
  return wrapStatements(db, (sql, run) => run(sql.replaceAll(guard, replacement)));
}

/** The same database, which waits for `work` before each statement that contains `part`: a race is won or lost there by intent. */
export function withPause(db: Database, part: string, work: () => Promise<void>): Database {
  return wrapStatements(db, async (sql, run) => {
    if (sql.includes(part)) await work();
    return run(sql);
  });
}

type Around = <T>(sql: string, run: (sql: string) => Promise<T>) => Promise<T>;

function wrapStatements(db: Database, around: Around): Database {
  const wrap = (queryable: Queryable): Queryable => ({
    query: (sql, values) => around(sql, (changed) => queryable.query(changed, values)),
    execute: (sql, values) => around(sql, (changed) => queryable.execute(changed, values)),
  });
  return { ...db, ...wrap(db), transaction: (work) => db.transaction((tx) => work(wrap(tx))) };
}
