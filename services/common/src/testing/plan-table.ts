import { writeFileSync } from 'node:fs';
import type { ExplainedStatement } from './explained.ts';

/**
 * Writes what was explained as a part of docs/queries/, where `npm run explain` asks for it.
 * @param service names the file
 */
export function writePlans(service: string, tables: Record<string, number>, statements: Record<string, ExplainedStatement[]>): void {
  const folder = process.env.TICKETING_EXPLAIN;
  if (folder === undefined) return;
  const sizes = Object.entries(tables).map(([table, rows]) => `\`${table}\` ${rows.toLocaleString('en')}`);
  const rows = Object.entries(statements).flatMap(([what, run]) =>
    distinct(run).map(({ sql, plan }) => `| ${what} | \`${shorten(sql)}\` | ${plan.map(describeStep).join('<br>')} |`),
  );
  const head = `# Queries of ${service}\n\nMade by \`npm run explain\`. Rows: ${sizes.join(', ')}.\n\n| for | statement | how each table is read: index (rows expected) |\n|---|---|---|\n`;
  writeFileSync(`${folder}/${service}.md`, `${head}${rows.join('\n')}\n`);
}

function describeStep({ table, access, key, rows }: ExplainedStatement['plan'][number]): string {
  return `\`${table}\` ${key ?? 'no index'}, ${access} (${rows})`;
}

function distinct(statements: ExplainedStatement[]): ExplainedStatement[] {
  return [...new Map(statements.map((statement) => [statement.sql, statement])).values()];
}

const longestShown = 300;

function shorten(sql: string): string {
  const shown = sql.replaceAll('|', '\\|');
  return shown.length > longestShown ? `${shown.slice(0, longestShown)}…` : shown;
}
