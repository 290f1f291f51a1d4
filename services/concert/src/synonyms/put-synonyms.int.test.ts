import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { withoutGuard } from '@ticketing/common/testing/without-guard';
import { PutSynonymsRequestSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { Context } from '../context.ts';
import { createTestContext, newWord, organiser } from '../testing/test-catalogue.ts';
import { putSynonyms } from './put-synonyms.ts';
import { readSynonyms } from './synonyms.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
const put = (groups: string[][], db = ctx.db) =>
  putSynonyms({ ...ctx, db }, create(PutSynonymsRequestSchema, { actor: organiser, groups: groups.map((words) => ({ words })) }));
beforeEach(() => put([]));
afterAll(async () => {
  await put([]);
  await ctx.stop();
});

/** Synonyms by several people, each with other words and another number of groups. */
function inventSynonyms(): string[][][] {
  return Array.from({ length: 8 }, (_, person) => Array.from({ length: 1 + ((person * 3) % 8) }, () => [newWord(), newWord()]));
}

describe('putSynonyms', () => {
  it('lets one of several win as a whole when all replace what nobody has written yet', async () => {
    for (let round = 0; round < 5; round += 1) {
      await put([]);
      const wanted = inventSynonyms();
      await Promise.all(wanted.map((groups) => put(groups)));
      expect(wanted).toContainEqual(await readSynonyms(ctx.db));
    }
  });

  it('does so when there are some already, also when somebody removes them', async () => {
    const defaults = await readSynonyms(ctx.db);
    for (let round = 0; round < 5; round += 1) {
      const wanted = [...inventSynonyms(), []];
      await Promise.all(wanted.map((groups) => put(groups)));
      expect([...wanted, defaults]).toContainEqual(await readSynonyms(ctx.db));
    }
  });

  it('would fail for all but one of them without overwriting', async () => {
    const db = withoutGuard(ctx.db, ' ON DUPLICATE KEY UPDATE words = VALUES(words)', '');
    const outcomes = await Promise.allSettled(inventSynonyms().map((groups) => put(groups, db)));
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(7);
  });
});
