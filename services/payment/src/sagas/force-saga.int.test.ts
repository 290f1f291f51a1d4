import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { listAudit } from '@ticketing/common/audit';
import { idToBinary, newId } from '@ticketing/common/database';
import {
  CancelPaymentRequestSchema,
  ForceSagaRequestSchema,
  ListSagasRequestSchema,
  RetrySagaRequestSchema,
} from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';
import { cancelPayment } from '../refunds/cancel-payment.ts';
import {
  balanceOf,
  createPayer,
  createTestContext,
  ledgerOf,
  payFor,
  type ScriptedReservations,
  sagaIdOf,
  takeSaga,
} from '../testing/test-payments.ts';
import { forceSaga, retrySaga } from './force-saga.ts';
import { listSagas } from './list-sagas.ts';
import { runSaga } from './run-saga.ts';

let ctx: Context;
let neighbour: ScriptedReservations;
beforeAll(async () => {
  ({ ctx, neighbour } = await createTestContext());
});
beforeEach(() => {
  neighbour.answer = 'silent';
});
afterAll(() => ctx.stop());

const actorId = newId();

async function pending(): Promise<{ id: string; userId: string; sagaId: string }> {
  const payer = await createPayer(ctx, 60_000, 60_000);
  const payment = await payFor(ctx, payer);
  if (typeof payment === 'string') throw new Error(`refused: ${payment}`);
  return { id: payment.id, userId: payer.userId, sagaId: await sagaIdOf(ctx, payment.id) };
}

/** The status in which the saga is afterwards, or the code of the refusal. */
async function retry(sagaId: string): Promise<string | undefined> {
  const { result } = await retrySaga(ctx, create(RetrySagaRequestSchema, { actorId, sagaId }));
  return result?.case === 'saga' ? result.value.status : result?.value?.code;
}

async function force(sagaId: string, outcome: 'complete' | 'compensate'): Promise<string | undefined> {
  const { result } = await forceSaga(ctx, create(ForceSagaRequestSchema, { actorId, sagaId, outcome, reason: 'the buyer called' }));
  return result?.case === 'saga' ? result.value.status : result?.value?.code;
}

async function auditOf(subject: string) {
  const { items } = await listAudit(ctx.db, 100, undefined);
  return items
    .filter((entry) => entry.subject === subject)
    .map(({ action, detailJson }) => ({ action, detail: JSON.parse(detailJson ?? '') }));
}

describe('an operator', () => {
  it('has a parked saga tried again', async () => {
    const { id, sagaId } = await pending();
    await ctx.db.execute("UPDATE sagas SET status = 'PARKED', attempts = 99 WHERE subject_id = ?", [idToBinary(id)]);
    expect(await retry(sagaId)).toBe('RUNNING');
    neighbour.answer = 'confirmed';
    expect(await retry(sagaId)).toBe('COMPLETED');
    expect(await retry(sagaId)).toBe('saga-ended');
    expect(await auditOf(sagaId)).toEqual([
      { action: 'saga.retry', detail: { before: { status: 'RUNNING', attempts: 1 }, after: { status: 'RUNNING', attempts: 1 } } },
      { action: 'saga.retry', detail: { before: { status: 'PARKED', attempts: 99 }, after: { status: 'RUNNING', attempts: 1 } } },
    ]);
  });

  it('calls a payment off that is not confirmed, and its points are free', async () => {
    const { sagaId, userId } = await pending();
    neighbour.answer = 'not sold';
    expect(await force(sagaId, 'compensate')).toBe('COMPENSATED');
    expect(await balanceOf(ctx, userId)).toEqual({ balance: 60_000, reserved: 0 });
    const running = { status: 'RUNNING', attempts: 1 };
    const change = { before: { ...running, compensating: false }, after: { ...running, compensating: true } };
    expect(await auditOf(sagaId)).toEqual([
      { action: 'saga.force', detail: { outcome: 'compensate', reason: 'the buyer called', ...change } },
    ]);
  });

  it('does not take the points from seats that turn out to be sold', async () => {
    const { sagaId, userId } = await pending();
    neighbour.answer = 'confirmed';
    expect(await force(sagaId, 'compensate')).toBe('COMPLETED');
    expect(await ledgerOf(ctx, userId)).toEqual({ entries: 4, sum: 0 });
  });

  it('undoes nothing on a guess: without an answer recovery goes on in the same direction', async () => {
    const { id, sagaId, userId } = await pending();
    expect(await force(sagaId, 'compensate')).toBe('RUNNING');
    expect(await balanceOf(ctx, userId)).toEqual({ balance: 60_000, reserved: 60_000 });
    neighbour.answer = 'not sold';
    const saga = await takeSaga(ctx, id);
    expect(saga.compensating).toBe(true);
    await runSaga(ctx, saga);
    expect(await balanceOf(ctx, userId)).toEqual({ balance: 60_000, reserved: 0 });
  });

  it('has to wait for who is at it, and leaves no trace in the audit', async () => {
    const { id, sagaId } = await pending();
    const saga = await takeSaga(ctx, id);
    expect(await force(sagaId, 'complete')).toBe('saga-busy');
    expect(await auditOf(sagaId)).toEqual([]);
    neighbour.answer = 'confirmed';
    await runSaga(ctx, saga);
    expect(await force(newId(), 'complete')).toBe('saga-not-found');
  });

  it('cancels what is paid for by the machine of refunds, once, and that only goes forward', async () => {
    neighbour.answer = 'confirmed';
    const { id, userId } = await pending();
    neighbour.answer = 'silent';
    const cancel = async () => {
      const { result } = await cancelPayment(ctx, create(CancelPaymentRequestSchema, { actorId, paymentId: id, reason: 'no show' }));
      return result?.case === 'refund' ? { refundId: result.value.id ?? '', status: result.value.status } : result?.value?.code;
    };
    const refund = await cancel();
    if (typeof refund !== 'object') throw new Error(`refused: ${refund ?? ''}`);
    expect(refund.status).toBe('PENDING');
    expect(await cancel()).toBe('already-refunded');
    const sagaId = await sagaIdOf(ctx, refund.refundId);
    expect(await force(sagaId, 'compensate')).toBe('saga-not-compensable');
    neighbour.answer = 'confirmed';
    expect(await force(sagaId, 'complete')).toBe('COMPLETED');
    expect(await balanceOf(ctx, userId)).toEqual({ balance: 60_000, reserved: 0 });
    expect((await auditOf(id)).map(({ action }) => action)).toEqual(['payment.cancel']);
  });

  it('has one effect and one answer under a key, however often it is sent', async () => {
    const { sagaId } = await pending();
    neighbour.answer = 'confirmed';
    const retryOf = (id: string) => create(RetrySagaRequestSchema, { actorId, sagaId: id, idempotencyKey: sagaId });
    const retries = await Promise.all([1, 2, 3].map(() => retrySaga(ctx, retryOf(sagaId))));
    for (const { result } of [...retries, await retrySaga(ctx, retryOf(sagaId))]) {
      expect(result).toMatchObject({ case: 'saga', value: { id: sagaId, status: 'COMPLETED' } });
    }
    expect(await auditOf(sagaId)).toHaveLength(1);
    expect((await retrySaga(ctx, retryOf(newId()))).result?.value).toMatchObject({ code: 'idempotency-key-reused' });
  });

  it('cancels a payment once under a key, however often it is sent', async () => {
    neighbour.answer = 'confirmed';
    const { id, userId } = await pending();
    const request = create(CancelPaymentRequestSchema, { actorId, paymentId: id, reason: 'no show', idempotencyKey: id });
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => cancelPayment(ctx, request)));
    expect(first?.result).toMatchObject({ case: 'refund', value: { paymentId: id, status: 'COMPLETED' } });
    for (const again of [...others, await cancelPayment(ctx, request)]) expect(again).toEqual(first);
    expect(await balanceOf(ctx, userId)).toEqual({ balance: 60_000, reserved: 0 });
    expect(await auditOf(id)).toHaveLength(1);
    expect((await cancelPayment(ctx, { ...request, reason: 'another' })).result?.value).toMatchObject({ code: 'idempotency-key-reused' });
  });
});

describe('listSagas', () => {
  it('pages through sagas of a status, newest first', async () => {
    const made = [await pending(), await pending(), await pending()].map(({ sagaId }) => sagaId);
    const found: string[] = [];
    let cursor = '';
    do {
      const { result } = await listSagas(ctx, create(ListSagasRequestSchema, { status: 'RUNNING', limit: 2, cursor }));
      if (result?.case !== 'page') throw new Error('no page');
      found.push(...(result.value.items ?? []).map(({ id }) => id ?? ''));
      cursor = result.value.nextCursor ?? '';
    } while (cursor !== '');
    expect(found.filter((id) => made.includes(id))).toEqual(made.toReversed());
    neighbour.answer = 'confirmed';
    for (const sagaId of made) expect(await retry(sagaId)).toBe('COMPLETED');
    const { result } = await listSagas(ctx, create(ListSagasRequestSchema, { cursor: 'no cursor' }));
    expect(result?.case).toBe('refusal');
  });
});
