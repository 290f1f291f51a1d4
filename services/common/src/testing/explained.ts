import type { Database, Queryable, SqlValue } from '../database.ts';

/** How the database finds the rows of one table of a statement. */
export interface PlanStep {
  table: string;
  /** EXPLAIN's `type`: `ALL` reads the table, `index` a whole index. */
  access: string;
  key: string | undefined;
  rows: number;
}

/** A statement as it was run, with the plan for it. */
export interface ExplainedStatement {
  sql: string;
  plan: PlanStep[];
}

interface ExplainRow {
  table: string | null;
  type: string | null;
  key: string | null;
  rows: string | number | null;
}

/** The same database; what is asked of it is explained on the way. */
export function explained(db: Database): { db: Database; statements: ExplainedStatement[] } {
  const statements: ExplainedStatement[] = [];
  const watch = (queryable: Queryable): Queryable => {
    const explain = async (sql: string, values: SqlValue[] = []): Promise<void> => {
      if (!/^\s*(SELECT|UPDATE|DELETE)/i.test(sql)) return;
      const rows = await queryable.query<ExplainRow>(`EXPLAIN ${sql}`, values);
      const plan = rows.flatMap(({ table, type, key, rows: read }) =>
        table === null || type === null ? [] : [{ table, access: type, key: key ?? undefined, rows: Number(read ?? 0) }],
      );
      statements.push({ sql: sql.replaceAll(/\s+/g, ' ').trim(), plan });
    };
    return {
      query: async (sql, values) => {
        await explain(sql, values);
        return queryable.query(sql, values);
      },
      execute: async (sql, values) => {
        await explain(sql, values);
        return queryable.execute(sql, values);
      },
    };
  };
  return { statements, db: { ...db, ...watch(db), transaction: (work) => db.transaction((tx) => work(watch(tx))) } };
}

// Lists that the statement itself has just made; reading them whole is the point.
const derived = /^(<|found$)/;

/** Steps that read a whole table or a whole index of more than a page. */
export function wholeScans(statements: ExplainedStatement[], smallestTable = 200): ExplainedStatement[] {
  const isScan = ({ table, access, rows }: PlanStep): boolean =>
    (access === 'ALL' || access === 'index') && rows > smallestTable && !derived.test(table);
  return statements.filter(({ plan }) => plan.some(isScan));
}
