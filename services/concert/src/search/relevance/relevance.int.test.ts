import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Context } from '../../context.ts';
import { createTestContext, newWord } from '../../testing/test-catalogue.ts';
import { describeGroups, total } from './describe-quality.ts';
import { type GroupQuality, measureRelevance } from './measure-relevance.ts';

const floor = 0.9;

let ctx: Context;
let groups: GroupQuality[];
beforeAll(async () => {
  ctx = await createTestContext();
  groups = await ctx.index.work((client, options) => measureRelevance(client, options, `relevance-${newWord()}`));
  process.stderr.write(describeGroups(groups));
});
afterAll(() => ctx.stop());

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
