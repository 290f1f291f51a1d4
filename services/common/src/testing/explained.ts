import type { DataSource, EntitySchema, ObjectLiteral, Repository } from 'typeorm';
import type { Database, Queryable, SqlValue } from '../database.ts';
import { manyRows } from './many-rows.ts';

/** How the database finds the rows of one table of a statement. */
export interface PlanStep {
  table: string;
  /** EXPLAIN's `type`: `ALL` reads the table, `index` a whole index. */
  access: string;
  key: string | undefined;
  rows: number;
  /** The rows are collected and sorted, instead of read in order. */
  sorts: boolean;
}

/** A statement as it was run, with the plan for it. */
export interface ExplainedStatement {
  sql: string;
  values: SqlValue[];
  plan: PlanStep[];
}

interface ExplainRow {
  table: string | null;
  type: string | null;
  key: string | null;
  rows: string | number | null;
  Extra: string | null;
}

/** The plan for a statement, with a step for each table that it reads. The form is named because servers differ in the one that they take. */
export async function explainStatement(db: Queryable, sql: string, values: SqlValue[]): Promise<PlanStep[]> {
  const rows = await db.query<ExplainRow>(`EXPLAIN FORMAT=TRADITIONAL ${sql}`, values);
  return rows.flatMap(({ table, type, key, rows: read, Extra: extra }) =>
    table === null || type === null
      ? []
      : [{ table, access: type, key: key ?? undefined, rows: Number(read ?? 0), sorts: extra?.includes('filesort') === true }],
  );
}

/** The same database; what is asked of it is explained on the way, also what repositories ask. */
export function explained(db: Database): { db: Database; statements: ExplainedStatement[] } {
  const statements: ExplainedStatement[] = [];
  const explainWith =
    (queryable: Queryable) =>
    async (sql: string, values: SqlValue[] = []): Promise<void> => {
      if (!/^\s*(SELECT|WITH|UPDATE|DELETE)/i.test(sql)) return;
      const plan = await explainStatement(queryable, sql, values);
      statements.push({ sql: sql.replaceAll(/\s+/g, ' ').trim(), values, plan });
    };
  const watch = (queryable: Queryable): Queryable => {
    const explain = explainWith(queryable);
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
  const source = watchRepositories(db.source, explainWith(db));
  return { statements, db: { ...db, ...watch(db), source, transaction: (work) => db.transaction((tx) => work(watch(tx))) } };
}

function watchRepositories(source: DataSource, explain: (sql: string, values?: SqlValue[]) => Promise<void>): DataSource {
  const query = async (sql: string, values: SqlValue[], structured: true): Promise<unknown> => {
    await explain(sql, values);
    const runner = source.createQueryRunner();
    try {
      return await runner.query(sql, values, structured);
    } finally {
      await runner.release();
    }
  };
  const manager = source.createEntityManager(Object.assign(source.createQueryRunner(), { query }));
  const getRepository = <T extends ObjectLiteral>(entity: EntitySchema<T>): Repository<T> => manager.getRepository(entity);
  return new Proxy(source, { get: (target, name): unknown => (name === 'getRepository' ? getRepository : Reflect.get(target, name)) });
}

// Lists that the statement itself has just made; reading them whole is the point.
const derived = /^(<|found$|begun$)/;

// More than a page; and of many rows, more than a list reads in order until its page is full.
const wholeRows = Math.max(200, manyRows / 100);

/** Statements that read a whole table or a whole index, or sort a range of it that is as long. */
export function wholeScans(statements: ExplainedStatement[]): ExplainedStatement[] {
  const isScan = ({ table, access, rows, sorts }: PlanStep): boolean =>
    (access === 'ALL' || access === 'index' || (access === 'range' && sorts)) && rows > wholeRows && !derived.test(table);
  return statements.filter(({ plan }) => plan.some(isScan));
}
