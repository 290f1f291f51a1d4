import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Context } from '../../context.ts';
import { createTestContext, newWord } from '../../testing/test-catalogue.ts';
import { type GroupQuality, measureRelevance } from './measure-relevance.ts';
import { average } from './rank-quality.ts';

const floor = 0.9;

let ctx: Context;
let groups: GroupQuality[];
beforeAll(async () => {
  ctx = await createTestContext();
  groups = await ctx.index.work((client, options) => measureRelevance(client, options, `relevance-${newWord()}`));
  process.stderr.write(describeGroups(groups));
});
afterAll(() => ctx.stop());

function describeGroups(measured: GroupQuality[]): string {
  const line = (name: string, queries: number, { ndcg, recall }: { ndcg: number; recall: number }): string =>
    `${name.padEnd(24)}${String(queries).padStart(8)}${ndcg.toFixed(3).padStart(10)}${recall.toFixed(3).padStart(11)}\n`;
  const rows = measured.map((group) => line(group.group, group.queries, group));
  const worst = measured
    .flatMap(({ imperfect }) => imperfect)
    .map(({ q, ndcg, found }) => `  ${q}: ${ndcg.toFixed(2)} ${found.join(' ')}\n`);
  const queries = measured.reduce((sum, group) => sum + group.queries, 0);
  const head = `\n${'group'.padEnd(24)}${'queries'.padStart(8)}${'nDCG@10'.padStart(10)}${'recall@10'.padStart(11)}\n`;
  return `${head}${rows.join('')}${line('total', queries, total(measured))}${worst.length > 0 ? 'not perfect:\n' : ''}${worst.join('')}`;
}

function total(measured: GroupQuality[]): { ndcg: number; recall: number } {
  return average(measured.flatMap(({ ndcg, recall, queries }) => Array.from({ length: queries }, () => ({ ndcg, recall }))));
}

describe('judged queries', () => {
  it('are answered well in total', () => {
    expect(groups.reduce((sum, { queries }) => sum + queries, 0)).toBeGreaterThanOrEqual(60);
    expect(total(groups).ndcg).toBeGreaterThanOrEqual(floor);
    expect(total(groups).recall).toBeGreaterThanOrEqual(floor);
  });

  it('are answered well in each group', () => {
    expect(groups.filter(({ ndcg }) => ndcg < floor)).toEqual([]);
  });
});
