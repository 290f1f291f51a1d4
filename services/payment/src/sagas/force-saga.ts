import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { answerKeyed } from '@ticketing/common/answer-keyed';
import { recordAudit } from '@ticketing/common/audit';
import { idToBinary, type Queryable, Rollback } from '@ticketing/common/database';
import type { IdempotentRequest } from '@ticketing/common/idempotency';
import { pollUntil } from '@ticketing/common/poll-until';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import {
  type ForceSagaRequest,
  type ForceSagaResponseSchema,
  type RetrySagaRequest,
  RetrySagaResponseSchema,
} from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';
import { showSaga } from './list-sagas.ts';
import { runSaga } from './run-saga.ts';
import { leaseSaga, type Saga, subjectOf } from './saga-store.ts';

const waitForTryMs = 3_000;

/**
 * Tries a saga now, also one that is parked; its tries are counted anew.
 * Refuses with `saga-not-found`, `saga-ended`, `saga-busy` or `idempotency-key-reused`.
 */
export function retrySaga(
  ctx: Context,
  { actorId, sagaId, idempotencyKey: key }: RetrySagaRequest,
): Promise<MessageInitShape<typeof RetrySagaResponseSchema>> {
  const once = { userId: actorId, operation: 'retry-saga', key, body: { sagaId } };
  return takeUp(ctx, sagaId, once, async (tx, _saga, before) => {
    await recordAudit(tx, { actorId, action: 'saga.retry', subject: sagaId, before, after: { status: 'RUNNING', attempts: 1 } });
    return undefined;
  });
}

/**
 * Tries a saga now in the direction that an operator gives. The reservation service still has the last word, because points and seats must
 * stay together: what it refuses can't be completed, what it has sold can't be compensated, and without its answer the saga goes on asking.
 * A refund only goes forward: its seats may be on sale again. Refuses with `saga-not-found`, `saga-ended`, `saga-busy`, `saga-not-compensable`
 * or `idempotency-key-reused`.
 */
export function forceSaga(
  ctx: Context,
  { actorId, sagaId, outcome, reason, idempotencyKey: key }: ForceSagaRequest,
): Promise<MessageInitShape<typeof ForceSagaResponseSchema>> {
  const compensating = outcome === 'compensate';
  const once = { userId: actorId, operation: 'force-saga', key, body: { sagaId, outcome, reason } };
  return takeUp(ctx, sagaId, once, async (tx, saga, { status, attempts }) => {
    if (compensating && subjectOf(saga.kind) === 'refund') return refuse('saga-not-compensable', 'A refund can’t be compensated.');
    const before = { status, attempts, compensating: saga.compensating };
    const after = { status: 'RUNNING', attempts: 1, compensating };
    saga.compensating = compensating;
    await tx.execute('UPDATE sagas SET compensating = ? WHERE id = ?', [compensating, idToBinary(sagaId)]);
    await recordAudit(tx, { actorId, action: 'saga.force', subject: sagaId, before, after, detail: { outcome, reason } });
    return undefined;
  });
}

type Before = Record<'status' | 'attempts', unknown>;
type Prepare = (tx: Queryable, saga: Saga, before: Before) => Promise<Refusal | undefined>;

async function takeUp(ctx: Context, id: string, once: IdempotentRequest, prepare: Prepare) {
  let mine: Saga | undefined;
  const accepted = create(RetrySagaResponseSchema, { result: { case: 'saga', value: { id } } });
  const answer = await answerKeyed(ctx, once, RetrySagaResponseSchema, async (record) => {
    const taken = await take(ctx, id, async (tx, saga, before) => {
      const refusal = await prepare(tx, saga, before);
      if (!refusal) await record(tx, accepted);
      return refusal;
    });
    if (isRefusal(taken)) return create(RetrySagaResponseSchema, { result: refusalResult(taken) });
    mine = taken;
    return accepted;
  });
  if (isRefusal(answer)) return { result: refusalResult(answer) };
  if (answer.result.case === 'refusal') return { result: answer.result };
  if (mine) await runSaga(ctx, mine);
  else await waitForTry(ctx, id);
  const saga = await showSaga(ctx.db, id);
  if (!saga) throw new Error(`saga ${id} is gone`);
  return { result: { case: 'saga' as const, value: saga } };
}

/** Waits, within bounds, for the request that took this saga up and is still at it. */
async function waitForTry({ db }: Context, id: string): Promise<void> {
  await pollUntil(async () => ((await showSaga(db, id))?.status === 'RUNNING' ? undefined : true), waitForTryMs);
}

function take(ctx: Context, id: string, prepare: Prepare) {
  return ctx.db.transaction<Saga | Refusal>(async (tx) => {
    const shown = await showSaga(tx, id);
    const saga = await leaseSaga(tx, ctx.config.INSTANCE_ID, id);
    if (!shown || !saga) return explain(tx, id);
    const refusal = await prepare(tx, saga, { status: shown.status, attempts: shown.attempts });
    if (refusal) return new Rollback<Saga | Refusal>(refusal);
    await tx.execute("UPDATE sagas SET status = 'RUNNING', attempts = 1 WHERE id = ?", [idToBinary(id)]);
    return { ...saga, tries: 1 };
  });
}

/** Why a saga can't be had. */
async function explain(tx: Queryable, id: string): Promise<Refusal> {
  const saga = await showSaga(tx, id);
  if (!saga) return refuse('saga-not-found', 'There is no such saga.');
  const isOpen = saga.status === 'RUNNING' || saga.status === 'PARKED';
  return isOpen ? refuse('saga-busy', 'Another attempt is running.') : refuse('saga-ended', `It is ${saga.status ?? 'over'} already.`);
}
