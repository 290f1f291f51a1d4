import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { idToBinary } from '@ticketing/common/database';
import { collectMetrics } from '@ticketing/common/testing/collect-metrics';
import type { Context } from '../context.ts';
import { createPayer, createTestContext, payFor, type ScriptedReservations } from '../testing/test-payments.ts';
import { watchSagas } from './watch-sagas.ts';

const valueOf = collectMetrics();
let ctx: Context;
let neighbour: ScriptedReservations;
beforeAll(async () => {
  ({ ctx, neighbour } = await createTestContext());
});
afterAll(() => ctx.stop());

it('notes how many sagas are open, and how old the oldest is', async () => {
  neighbour.answer = 'silent';
  const payment = await payFor(ctx, await createPayer(ctx, 60_000, 60_000));
  if (typeof payment === 'string') throw new Error(`refused: ${payment}`);
  const ofPayment = [idToBinary(payment.id)];
  await ctx.db.execute('UPDATE sagas SET created_at = created_at - INTERVAL 1 DAY WHERE subject_id = ?', ofPayment);
  await watchSagas(ctx);
  expect(await valueOf('ticketing_sagas_open')).toBeGreaterThanOrEqual(1);
  expect(await valueOf('ticketing_sagas_oldest_seconds')).toBeGreaterThanOrEqual(86_400);
  await ctx.db.execute("UPDATE sagas SET status = 'COMPLETED' WHERE subject_id = ?", ofPayment);
  await watchSagas(ctx);
  expect(await valueOf('ticketing_sagas_oldest_seconds')).toBeLessThan(86_400);
});
