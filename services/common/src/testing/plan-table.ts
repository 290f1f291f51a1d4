import { writeFileSync } from 'node:fs';
import { databaseEnvironment, loadConfig } from '../config.ts';
import { type Database, openDatabase, type SqlValue } from '../database.ts';
import { type ExplainedStatement, explainStatement, type PlanStep } from './explained.ts';
import { reportProgress } from './many-rows.ts';
import { testEnvironment } from './test-stack.ts';

/** A part of docs/queries. */
export interface PlanDocument {
  service: string;
  /** Names the file; the service's name unless given. */
  name?: string;
  tables: string[];
  /** By what they are for. */
  statements: Record<string, ExplainedStatement[]>;
}

/** Writes down what was explained, beside what becomes of it without the indexes, where `npm run explain` asks for it. */
export async function writePlans({ service, name = service, tables, statements }: PlanDocument): Promise<void> {
  const folder = process.env.TICKETING_EXPLAIN;
  if (folder === undefined) return;
  const db = await openAsMigrator(service);
  try {
    const sizes: string[] = [];
    for (const table of tables) sizes.push(`\`${table}\` ${await countRows(db, table)}`);
    const rows: string[] = [];
    for (const { uses, statement } of distinct(statements)) {
      reportProgress(`${name}: ${uses.join('; ')}`);
      rows.push(await describeStatement(db, uses.join('; '), statement));
    }
    const head = `# Queries of ${name}\n\nMade by \`npm run explain\`; [README.md](README.md) tells how to read it. Rows: ${sizes.join(', ')}.\n`;
    const table = `| for | statement | without its index | with its index |\n|---|---|---|---|\n${rows.join('\n')}\n`;
    writeFileSync(`${folder}/${name}.md`, `${head}\n${table}`);
  } finally {
    await db.close();
  }
}

/** The service's database, by one connection, with the right to change its tables. */
export function openAsMigrator(service: string): Promise<Database> {
  const config = loadConfig(databaseEnvironment, testEnvironment(service, 'migrator'));
  return openDatabase({ config: { ...config, DB_POOL_SIZE: 1 }, password: config.DB_PASSWORD ?? '', entities: [], migrations: [] });
}

async function countRows(db: Database, table: string): Promise<string> {
  const [row] = await db.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`);
  return (row?.n ?? 0).toLocaleString('en');
}

async function describeStatement(db: Database, what: string, statement: ExplainedStatement): Promise<string> {
  const measured = describePlan(statement.plan, await timeOf(db, statement));
  const without = await withoutIndexes(db, indexesOf(statement), async () =>
    describePlan(await explainStatement(db, statement.sql, statement.values), await timeOf(db, statement)),
  );
  return `| ${what} | \`${shorten(statement.sql)}\` | ${without ?? '–'} | ${measured} |`;
}

/** Names of the indexes that a statement uses, without primary keys, which can't be hidden. */
function indexesOf({ plan }: ExplainedStatement): string[] {
  const keys = plan.flatMap(({ key }) => key?.split(',') ?? []);
  return [...new Set(keys)].filter((key) => /^[a-z_]+$/.test(key));
}

/** Does the work while the optimizer does not see these indexes; undefined where there is none to hide. */
async function withoutIndexes<T>(db: Database, names: string[], work: () => Promise<T>): Promise<T | undefined> {
  if (names.length === 0) return undefined;
  const [hidden, shown] = (await isMariaDb(db)) ? ['IGNORED', 'NOT IGNORED'] : ['INVISIBLE', 'VISIBLE'];
  const indexes = await db.query<{ table_name: string; index_name: string }>(
    `SELECT DISTINCT table_name AS table_name, index_name AS index_name FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND index_name IN (?)`,
    [names],
  );
  const set = async (visibility: string): Promise<void> => {
    for (const { table_name: table, index_name: index } of indexes)
      await db.execute(`ALTER TABLE ${table} ALTER INDEX ${index} ${visibility}`);
  };
  try {
    await set(hidden);
    return await work();
  } finally {
    await set(shown);
  }
}

// Nobody needs to know how much longer it takes.
const longestSeconds = 3;
const worthRepeatingMs = 500;

/** Milliseconds of an execution, or of the shorter of two where that is quick; undefined for what would change rows. */
async function timeOf(db: Database, { sql, values }: ExplainedStatement): Promise<number | undefined> {
  if (!/^(SELECT|WITH)/i.test(sql)) return undefined;
  await limitTime(db, longestSeconds);
  const first = await timeOnce(db, sql, values);
  const shorter = first > worthRepeatingMs ? first : Math.min(first, await timeOnce(db, sql, values));
  await limitTime(db, 0);
  return shorter;
}

async function timeOnce(db: Database, sql: string, values: SqlValue[]): Promise<number> {
  const startedAt = performance.now();
  try {
    await db.query(sql, values);
  } catch (error) {
    if (!isTimeout(error)) throw error;
    return Number.POSITIVE_INFINITY;
  }
  return performance.now() - startedAt;
}

/** Ends statements of this connection that take longer. MariaDB and MySQL each have their own limit. @param seconds 0 for none */
async function limitTime(db: Database, seconds: number): Promise<void> {
  const limit = (await isMariaDb(db)) ? `max_statement_time = ${seconds}` : `max_execution_time = ${seconds * 1_000}`;
  await db.execute(`SET SESSION ${limit}`);
}

function isTimeout(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'errno' in error && (error.errno === 1969 || error.errno === 3024);
}

async function isMariaDb(db: Database): Promise<boolean> {
  const [server] = await db.query<{ version: string }>('SELECT VERSION() AS version');
  return server?.version.includes('MariaDB') === true;
}

function describePlan(plan: PlanStep[], ms: number | undefined): string {
  const steps = plan.map(({ table, access, key, rows, sorts }) => {
    const how = `\`${table}\` ${key ?? 'no index'}, ${access} (${rows.toLocaleString('en')})`;
    return sorts ? `${how}, sorted` : how;
  });
  return [...steps, ...(ms === undefined ? [] : [`${formatMs(ms)} ms`])].join('<br>');
}

/** Milliseconds as a document shows them. */
export function formatMs(ms: number): string {
  if (ms === Number.POSITIVE_INFINITY) return `more than ${(longestSeconds * 1_000).toLocaleString('en')}`;
  return ms < 10 ? ms.toFixed(1) : Math.round(ms).toLocaleString('en');
}

/** Each statement once for each way in which it is answered, with all that it is for. */
function distinct(statements: PlanDocument['statements']): { uses: string[]; statement: ExplainedStatement }[] {
  const found = new Map<string, { uses: string[]; statement: ExplainedStatement }>();
  for (const [use, run] of Object.entries(statements)) {
    for (const statement of run) {
      const way = JSON.stringify([statement.sql, statement.plan.map(({ table, access, key }) => [table, access, key])]);
      const known = found.get(way) ?? { uses: [], statement };
      if (!known.uses.includes(use)) known.uses.push(use);
      found.set(way, known);
    }
  }
  return [...found.values()];
}

const longestShown = 300;

function shorten(sql: string): string {
  const shown = sql.replaceAll('`', '').replaceAll('|', '\\|');
  return shown.length > longestShown ? `${shown.slice(0, longestShown)}…` : shown;
}
