import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { idToBinary } from '@ticketing/common/database';
import { withoutGuard } from '@ticketing/common/testing/without-guard';
import type { Context } from '../context.ts';
import { findPayment } from '../payments/payment.ts';
import {
  balanceOf,
  createPayer,
  createTestContext,
  ledgerOf,
  loseLease,
  makeDue,
  payFor,
  type ScriptedReservations,
  sagaIdOf,
  takeSaga,
} from '../testing/test-payments.ts';
import { showSaga } from './list-sagas.ts';
import { runSaga } from './run-saga.ts';
import { leaseDueSagas } from './saga-store.ts';

let ctx: Context;
let neighbour: ScriptedReservations;
beforeAll(async () => {
  ({ ctx, neighbour } = await createTestContext());
});
beforeEach(() => {
  neighbour.answer = 'silent';
});
afterAll(() => ctx.stop());

/** A payment whose outcome is not known, of 60,000 points that were all its payer had. */
async function pendingPayment(): Promise<{ id: string; userId: string }> {
  const payer = await createPayer(ctx, 60_000, 60_000);
  const payment = await payFor(ctx, payer);
  if (typeof payment === 'string') throw new Error(`refused: ${payment}`);
  return { id: payment.id, userId: payer.userId };
}

/** Once a saga is due, the stack's own instances take it. */
const keepFromOthers = (paymentId: string) =>
  ctx.db.execute('UPDATE sagas SET next_attempt_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR WHERE subject_id = ?', [idToBinary(paymentId)]);

async function finish(paymentId: string): Promise<void> {
  neighbour.answer = 'confirmed';
  await keepFromOthers(paymentId);
  await loseLease(ctx, paymentId);
  await runSaga(ctx, await takeSaga(ctx, paymentId));
}

const statusOf = async (paymentId: string) => (await findPayment(ctx.db, paymentId))?.status;
const sagaOf = async (paymentId: string) => showSaga(ctx.db, await sagaIdOf(ctx, paymentId));
const stepsOf = async (paymentId: string): Promise<Record<string, string | undefined>> => {
  const entries = ((await sagaOf(paymentId))?.steps ?? []).map(({ step = '', outcome }): [string, string | undefined] => [step, outcome]);
  return Object.fromEntries(entries);
};

describe('the lease of a saga', () => {
  it('is in one hand at a time', async () => {
    const { id } = await pendingPayment();
    await makeDue(ctx, id);
    const leases = await Promise.all(Array.from({ length: 6 }, () => leaseDueSagas(ctx.db, 'test', 1_000)));
    // The stack's own instances may be faster than all six.
    expect(leases.flat().filter(({ subjectId }) => subjectId === id).length).toBeLessThanOrEqual(1);
    await finish(id);
  });

  it('is not to be had while somebody has it, and is once that one is silent for long', async () => {
    const { id } = await pendingPayment();
    await takeSaga(ctx, id);
    await expect(takeSaga(ctx, id)).rejects.toThrow('other hands');
    await loseLease(ctx, id);
    await takeSaga(ctx, id);
    await finish(id);
  });

  it('would be in two hands at once without a look at when it ends', async () => {
    const { id } = await pendingPayment();
    await takeSaga(ctx, id);
    const unguarded = { ...ctx, db: withoutGuard(ctx.db, '(lease_until IS NULL OR lease_until <= UTC_TIMESTAMP(3))', 'TRUE') };
    await takeSaga(unguarded, id);
    await finish(id);
  });

  it('lets who has slept through it change nothing', async () => {
    const { id } = await pendingPayment();
    const sleeper = await takeSaga(ctx, id);
    await loseLease(ctx, id);
    const heir = await takeSaga(ctx, id);
    neighbour.answer = 'hold-expired';
    await runSaga(ctx, sleeper);
    expect(await statusOf(id)).toBe('PENDING');
    neighbour.answer = 'confirmed';
    await runSaga(ctx, heir);
    expect(await statusOf(id)).toBe('COMPLETED');
  });

  it('would let the sleeper end it without its token', async () => {
    const { id, userId } = await pendingPayment();
    const sleeper = await takeSaga(ctx, id);
    await loseLease(ctx, id);
    await takeSaga(ctx, id);
    neighbour.answer = 'hold-expired';
    await runSaga({ ...ctx, db: withoutGuard(ctx.db, 'AND lease_token = ?', 'AND ? IS NOT NULL') }, sleeper);
    expect(await statusOf(id)).toBe('FAILED');
    expect(await balanceOf(ctx, userId)).toEqual({ balance: 60_000, reserved: 0 });
  });
});

describe('the steps of a saga', () => {
  it('are written down before they are asked, and with what came of them', async () => {
    const { id } = await pendingPayment();
    expect(await stepsOf(id)).toEqual({ 'reserve-points': 'done', 'confirm-reservation': 'begun' });
    await finish(id);
    expect(await stepsOf(id)).toEqual({ 'reserve-points': 'done', 'confirm-reservation': 'done', 'capture-points': 'done' });
  });

  it('are undone in reverse after a refusal', async () => {
    const { id } = await pendingPayment();
    neighbour.answer = 'hold-expired';
    await runSaga(ctx, await takeSaga(ctx, id));
    expect(await stepsOf(id)).toEqual({ 'reserve-points': 'done', 'confirm-reservation': 'hold-expired', 'release-points': 'done' });
    expect((await sagaOf(id))?.status).toBe('COMPENSATED');
  });
});

describe('a saga without an outcome', () => {
  const setTries = (paymentId: string, tries: number) =>
    ctx.db.execute('UPDATE sagas SET attempts = ? WHERE subject_id = ?', [tries, idToBinary(paymentId)]);
  const eventsOf = (paymentId: string) =>
    ctx.db.query<{ type: string }>("SELECT type FROM outbox_events WHERE aggregate_id = ? AND type LIKE 'saga.%'", [paymentId]);

  it('calls somebody after its quick tries, once, and goes on', async () => {
    const { id } = await pendingPayment();
    for (let tries = 2; tries <= 5; tries += 1) await runSaga(ctx, await takeSaga(ctx, id));
    expect(await eventsOf(id)).toEqual([{ type: 'saga.stalled' }]);
    expect(await sagaOf(id)).toMatchObject({ status: 'RUNNING', attempts: 5, lastError: 'no reply' });
    await finish(id);
  });

  it('is parked after all its slow tries, with its points still set aside, and completes when it is taken up again', async () => {
    const { id, userId } = await pendingPayment();
    await setTries(id, 2 + ctx.config.SAGA_SLOW_TRIES);
    await runSaga(ctx, await takeSaga(ctx, id));
    expect((await sagaOf(id))?.status).toBe('PARKED');
    expect(await eventsOf(id)).toEqual([{ type: 'saga.parked' }]);
    expect(await balanceOf(ctx, userId)).toEqual({ balance: 60_000, reserved: 60_000 });
    await makeDue(ctx, id);
    expect((await leaseDueSagas(ctx.db, 'test', 1_000)).filter(({ subjectId }) => subjectId === id)).toEqual([]);
    await keepFromOthers(id);
    await ctx.db.execute("UPDATE sagas SET status = 'RUNNING' WHERE subject_id = ?", [idToBinary(id)]);
    await finish(id);
    expect(await ledgerOf(ctx, userId)).toEqual({ entries: 4, sum: 0 });
  });
});
