import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openAsMigrator } from '@ticketing/common/testing/plan-table';
import type { Context } from '../../context.ts';
import { createTestContext, newWord } from '../../testing/test-catalogue.ts';
import { describeGroups, total } from './describe-quality.ts';
import { demonstrationData, type GroupQuality, measureFallback, measureRelevance, type Trial, unseenData } from './measure-relevance.ts';
import { unseenInvented } from './unseen-invented.ts';
import { unseenQueries } from './unseen-queries.ts';

/** What search had when the queries were written; it may only get better. */
const floors = { index: 0.8, sql: 0.7 };

const trials: Trial[] = [
  { concerts: demonstrationData(), judged: unseenQueries },
  { concerts: new Map([...demonstrationData(), ...unseenData()]), judged: unseenInvented },
];

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

async function measureAll(by: string, measure: (trial: Trial) => Promise<GroupQuality[]>): Promise<GroupQuality[]> {
  const groups: GroupQuality[] = [];
  for (const trial of trials) groups.push(...(await measure(trial)));
  process.stderr.write(`\nunseen queries by ${by}:${describeGroups(groups)}`);
  return groups;
}

describe('queries that search was not improved on', () => {
  it('are answered by the index', async () => {
    const groups = await measureAll('the index', (trial) =>
      ctx.index.work((client, options) => measureRelevance(client, options, `relevance-${newWord()}`, trial)),
    );
    expect(total(groups).ndcg).toBeGreaterThanOrEqual(floors.index);
  });

  it('are answered by SQL', async () => {
    const db = await openAsMigrator('concert');
    try {
      const groups = await measureAll('SQL', (trial) => measureFallback(db, `words_${newWord()}`, trial));
      expect(total(groups).ndcg).toBeGreaterThanOrEqual(floors.sql);
    } finally {
      await db.close();
    }
  });
});
