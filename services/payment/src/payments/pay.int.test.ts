import { randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import { withoutGuard } from '@ticketing/common/testing/without-guard';
import {
  CancelPaymentRequestSchema,
  PaymentStatus,
  RefundPaymentRequestSchema,
} from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';
import { cancelPayment } from '../refunds/cancel-payment.ts';
import { refundPayment } from '../refunds/refund-payment.ts';
import { runSaga } from '../sagas/run-saga.ts';
import {
  balanceOf,
  createPayer,
  createTestContext,
  ledgerOf,
  payFor,
  type ScriptedReservations,
  takeSaga,
} from '../testing/test-payments.ts';

let ctx: Context;
let neighbour: ScriptedReservations;
beforeAll(async () => {
  ({ ctx, neighbour } = await createTestContext());
});
beforeEach(() => {
  neighbour.answer = 'confirmed';
  neighbour.asked = 0;
});
afterAll(() => ctx.stop());

const completed = expect.objectContaining({ status: PaymentStatus.COMPLETED });
const pending = expect.objectContaining({ status: PaymentStatus.PENDING });
const failed = expect.objectContaining({ status: PaymentStatus.FAILED });

function idOf(answer: Awaited<ReturnType<typeof payFor>>): string {
  if (typeof answer === 'string') throw new Error(`refused: ${answer}`);
  return answer.id;
}

describe('pay', () => {
  it('takes the points once the reservation is confirmed, and books both sides', async () => {
    const payer = await createPayer(ctx, 100_000, 60_000);
    expect(await payFor(ctx, payer)).toEqual(completed);
    expect(await balanceOf(ctx, payer.userId)).toEqual({ balance: 40_000, reserved: 0 });
    expect(await ledgerOf(ctx, payer.userId)).toEqual({ entries: 4, sum: 0 });
  });

  it('tells with which pass the seats were held', async () => {
    const paymentId = idOf(await payFor(ctx, await createPayer(ctx, 100_000, 60_000)));
    const events = await ctx.db.query<{ pass: string }>(
      "SELECT JSON_VALUE(data, '$.passId') AS pass FROM outbox_events WHERE aggregate_id = ? AND type = 'payment.completed'",
      [paymentId],
    );
    expect(events).toEqual([{ pass: 'a-pass' }]);
  });

  it('releases the points after a definite refusal, and lets another key try again', async () => {
    const payer = await createPayer(ctx, 100_000, 60_000);
    neighbour.answer = 'hold-expired';
    expect(await payFor(ctx, payer)).toEqual(failed);
    expect(await balanceOf(ctx, payer.userId)).toEqual({ balance: 100_000, reserved: 0 });
    neighbour.answer = 'confirmed';
    expect(await payFor(ctx, payer)).toEqual(completed);
  });

  it('tells what it takes, and takes nothing where that is not the price', async () => {
    const payer = await createPayer(ctx, 100_000, 1);
    neighbour.answer = 'amount-mismatch';
    expect(await payFor(ctx, payer)).toEqual(failed);
    expect(neighbour.amount).toBe(1);
    expect(await balanceOf(ctx, payer.userId)).toEqual({ balance: 100_000, reserved: 0 });
    expect(await ledgerOf(ctx, payer.userId)).toEqual({ entries: 2, sum: 0 });
  });

  it('refuses too few points without asking anybody, and does not touch what there is', async () => {
    const payer = await createPayer(ctx, 59_999, 60_000);
    expect(await payFor(ctx, payer)).toBe('insufficient-points');
    expect(neighbour.asked).toBe(0);
    expect(await balanceOf(ctx, payer.userId)).toEqual({ balance: 59_999, reserved: 0 });
  });

  it('may be tried again under the same key once there are points', async () => {
    const payer = await createPayer(ctx, 59_999, 60_000);
    const key = randomUUID();
    expect(await Promise.all(Array.from({ length: 5 }, () => payFor(ctx, payer, key)))).toEqual(Array(5).fill('insufficient-points'));
    await ctx.db.execute('UPDATE wallets SET balance = balance + 1 WHERE user_id = ?', [idToBinary(payer.userId)]);
    expect(await payFor(ctx, payer, key)).toEqual(completed);
    expect(await payFor(ctx, payer, key)).toEqual(completed);
    expect(await balanceOf(ctx, payer.userId)).toEqual({ balance: 0, reserved: 0 });
  });

  it('stays pending while no reply comes, never undoes on a guess, and completes when the neighbour is back', async () => {
    const payer = await createPayer(ctx, 60_000, 60_000);
    neighbour.answer = 'silent';
    const answer = await payFor(ctx, payer);
    expect(answer).toEqual(pending);
    expect(await balanceOf(ctx, payer.userId)).toEqual({ balance: 60_000, reserved: 60_000 });
    neighbour.answer = 'confirmed';
    await runSaga(ctx, await takeSaga(ctx, idOf(answer)));
    expect(await balanceOf(ctx, payer.userId)).toEqual({ balance: 0, reserved: 0 });
  });

  it('captures once however many recover the same saga', async () => {
    const payer = await createPayer(ctx, 200_000, 60_000);
    neighbour.answer = 'silent';
    const saga = await takeSaga(ctx, idOf(await payFor(ctx, payer)));
    neighbour.answer = 'confirmed';
    await Promise.all(Array.from({ length: 8 }, () => runSaga(ctx, saga)));
    expect(await balanceOf(ctx, payer.userId)).toEqual({ balance: 140_000, reserved: 0 });
    expect(await ledgerOf(ctx, payer.userId)).toEqual({ entries: 4, sum: 0 });
  });

  it('would undo or book twice without the check that the saga is still running', async () => {
    const payer = await createPayer(ctx, 200_000, 60_000);
    neighbour.answer = 'silent';
    const saga = await takeSaga(ctx, idOf(await payFor(ctx, payer)));
    const unguarded = { ...ctx, db: withoutGuard(ctx.db, "AND status = 'RUNNING'", '') };
    neighbour.answer = 'confirmed';
    await runSaga(unguarded, saga);
    // The payment's own status turns a late second try away; a try that read it before does not look again.
    await ctx.db.execute("UPDATE payments SET status = 'PENDING' WHERE id = ?", [idToBinary(saga.subjectId)]);
    neighbour.answer = 'hold-expired';
    const warnings: unknown[] = [];
    await runSaga({ ...unguarded, log: Object.assign(Object.create(ctx.log), { warn: (entry: unknown) => warnings.push(entry) }) }, saga);
    // It reached for points that are no longer reserved: with the guard it never gets there.
    expect(warnings).toHaveLength(1);
    await ctx.db.execute("UPDATE payments SET status = 'COMPLETED' WHERE id = ?", [idToBinary(saga.subjectId)]);
    await ctx.db.execute("UPDATE sagas SET status = 'COMPLETED' WHERE id = ?", [idToBinary(saga.id)]);
  });

  it('lets one of several payments of a reservation win, and leaves the others their points', async () => {
    const payer = await createPayer(ctx, 300_000, 60_000);
    const answers = await Promise.all(Array.from({ length: 20 }, () => payFor(ctx, payer)));
    expect(answers.filter((answer) => typeof answer === 'object')).toEqual([completed]);
    expect(answers.filter((answer) => answer === 'already-paid')).toHaveLength(19);
    expect(await balanceOf(ctx, payer.userId)).toEqual({ balance: 240_000, reserved: 0 });
  });

  it('answers a repeated key with the same payment', async () => {
    const payer = await createPayer(ctx, 300_000, 60_000);
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 50 }, () => payFor(ctx, payer, key)));
    expect(new Set(answers.map(idOf)).size).toBe(1);
    expect(await balanceOf(ctx, payer.userId)).toEqual({ balance: 240_000, reserved: 0 });
    expect(answers).toEqual(answers.map(() => completed));
    expect(neighbour.asked).toBe(1);
  });

  it('does not let concurrent payments spend the same points', async () => {
    const payers = await Promise.all(Array.from({ length: 6 }, () => createPayer(ctx, 0, 60_000)));
    const rich = await createPayer(ctx, 130_000, 60_000);
    await ctx.db.execute('UPDATE payable_reservations SET user_id = ? WHERE reservation_id IN (?)', [
      idToBinary(rich.userId),
      payers.map((payer) => idToBinary(payer.reservationId)),
    ]);
    const answers = await Promise.all(payers.map((payer) => payFor(ctx, { ...payer, userId: rich.userId })));
    expect(answers.filter((answer) => typeof answer === 'object')).toHaveLength(2);
    expect(await balanceOf(ctx, rich.userId)).toEqual({ balance: 10_000, reserved: 0 });
  });

  it('is not for others', async () => {
    const [payer, other] = [await createPayer(ctx, 60_000, 60_000), await createPayer(ctx, 60_000, 60_000)];
    expect(await payFor(ctx, { ...payer, userId: other.userId })).toBe('reservation-not-found');
  });
});

describe('refundPayment', () => {
  const refund = async (userId: string, paymentId: string, idempotencyKey: string = randomUUID()): Promise<string> => {
    const { result } = await refundPayment(ctx, create(RefundPaymentRequestSchema, { userId, paymentId, idempotencyKey }));
    return (result?.case === 'refund' ? result.value.status : result?.value?.code) ?? '';
  };

  it('gives the points back once', async () => {
    const payer = await createPayer(ctx, 60_000, 60_000);
    const paymentId = idOf(await payFor(ctx, payer));
    const key = randomUUID();
    expect(await Promise.all([refund(payer.userId, paymentId, key), refund(payer.userId, paymentId, key)])).toContain('COMPLETED');
    expect(await refund(payer.userId, paymentId)).toBe('already-refunded');
    expect(await balanceOf(ctx, payer.userId)).toEqual({ balance: 60_000, reserved: 0 });
    expect(await ledgerOf(ctx, payer.userId)).toEqual({ entries: 6, sum: 0 });
  });

  it('changes nothing when the seats may not be given back', async () => {
    const payer = await createPayer(ctx, 60_000, 60_000);
    const paymentId = idOf(await payFor(ctx, payer));
    neighbour.answer = 'refund-not-allowed';
    expect(await refund(payer.userId, paymentId)).toBe('refund-not-allowed');
    expect(await balanceOf(ctx, payer.userId)).toEqual({ balance: 0, reserved: 0 });
    neighbour.answer = 'confirmed';
    expect(await refund(payer.userId, paymentId)).toBe('COMPLETED');
  });

  it.each(['refund-not-allowed', 'silent'])(
    'once the performance has begun is for operators, also when at first the answer is %s',
    async (first) => {
      const payer = await createPayer(ctx, 60_000, 60_000);
      const paymentId = idOf(await payFor(ctx, payer));
      neighbour.answer = 'refund-not-allowed';
      expect(await refund(payer.userId, paymentId)).toBe('refund-not-allowed');
      neighbour.answer = first;
      const { result } = await cancelPayment(
        ctx,
        create(CancelPaymentRequestSchema, { actorId: newId(), paymentId, reason: 'called off' }),
      );
      if (result?.case !== 'refund') throw new Error('refused');
      neighbour.answer = 'refund-not-allowed';
      if (first === 'silent') await runSaga(ctx, await takeSaga(ctx, result.value.id ?? ''));
      expect(await balanceOf(ctx, payer.userId)).toEqual({ balance: 60_000, reserved: 0 });
    },
  );

  it('is not done while the points can’t be booked', async () => {
    const payer = await createPayer(ctx, 60_000, 60_000);
    const paymentId = idOf(await payFor(ctx, payer));
    const full = { ...ctx, db: withoutGuard(ctx.db, 'INSERT INTO ledger_entries', 'INSERT INTO no_such_table') };
    const { result } = await refundPayment(
      full,
      create(RefundPaymentRequestSchema, { userId: payer.userId, paymentId, idempotencyKey: randomUUID() }),
    );
    if (result?.case !== 'refund') throw new Error('refused');
    expect([result.value.status, await balanceOf(ctx, payer.userId)]).toEqual(['PENDING', { balance: 0, reserved: 0 }]);
    await runSaga(ctx, await takeSaga(ctx, result.value.id ?? ''));
    expect(await balanceOf(ctx, payer.userId)).toEqual({ balance: 60_000, reserved: 0 });
  });
});
