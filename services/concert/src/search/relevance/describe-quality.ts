import type { GroupQuality } from './measure-relevance.ts';
import { average } from './rank-quality.ts';

/** A table of the groups, and the queries that did not get everything right. */
export function describeGroups(measured: GroupQuality[]): string {
  const line = (name: string, queries: number, { ndcg, recall }: { ndcg: number; recall: number }): string =>
    `${name.padEnd(42)}${String(queries).padStart(8)}${ndcg.toFixed(3).padStart(10)}${recall.toFixed(3).padStart(11)}\n`;
  const rows = measured.map((group) => line(group.group, group.queries, group));
  const worst = measured
    .flatMap(({ imperfect }) => imperfect)
    .map(({ q, ndcg, found }) => `  ${q}: ${ndcg.toFixed(2)} ${found.join(' ')}\n`);
  const queries = measured.reduce((sum, group) => sum + group.queries, 0);
  const head = `\n${'group'.padEnd(42)}${'queries'.padStart(8)}${'nDCG@10'.padStart(10)}${'recall@10'.padStart(11)}\n`;
  return `${head}${rows.join('')}${line('total', queries, total(measured))}${worst.length > 0 ? 'not perfect:\n' : ''}${worst.join('')}`;
}

/** The average over all queries. */
export function total(measured: GroupQuality[]): { ndcg: number; recall: number } {
  return average(measured.flatMap(({ ndcg, recall, queries }) => Array.from({ length: queries }, () => ({ ndcg, recall }))));
}
