import type { MessageInitShape } from '@bufbuild/protobuf';
import { recordAudit } from '@ticketing/common/audit';
import { idToBinary, type Queryable, Rollback } from '@ticketing/common/database';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import type {
  ForceSagaRequest,
  ForceSagaResponseSchema,
  RetrySagaRequest,
  RetrySagaResponseSchema,
} from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';
import { showSaga } from './list-sagas.ts';
import { runSaga } from './run-saga.ts';
import { leaseSaga, type Saga } from './saga-store.ts';

/** Tries a saga now, also one that is parked; its tries are counted anew. Refuses with `saga-not-found`, `saga-ended` or `saga-busy`. */
export function retrySaga(ctx: Context, { actorId, sagaId }: RetrySagaRequest): Promise<MessageInitShape<typeof RetrySagaResponseSchema>> {
  return takeUp(ctx, sagaId, async (tx) => {
    await recordAudit(tx, { actorId, action: 'saga.retry', subject: sagaId, detail: {} });
    return undefined;
  });
}

/**
 * Tries a saga now in the direction that an operator gives. The reservation service still has the last word, because points and seats must
 * stay together: what it refuses can't be completed, what it has sold can't be compensated, and without its answer the saga goes on asking.
 * A refund only goes forward: its seats may be on sale again. Refuses with `saga-not-found`, `saga-ended`, `saga-busy` or `saga-not-compensable`.
 */
export function forceSaga(
  ctx: Context,
  { actorId, sagaId, outcome, reason }: ForceSagaRequest,
): Promise<MessageInitShape<typeof ForceSagaResponseSchema>> {
  const compensating = outcome === 'compensate';
  return takeUp(ctx, sagaId, async (tx, saga) => {
    if (compensating && saga.kind === 'refund') return refuse('saga-not-compensable', 'A refund only goes forward.');
    saga.compensating = compensating;
    await tx.execute('UPDATE sagas SET compensating = ? WHERE id = ?', [compensating, idToBinary(sagaId)]);
    await recordAudit(tx, { actorId, action: 'saga.force', subject: sagaId, detail: { outcome, reason } });
    return undefined;
  });
}

async function takeUp(ctx: Context, id: string, prepare: (tx: Queryable, saga: Saga) => Promise<Refusal | undefined>) {
  const taken = await ctx.db.transaction<Saga | Refusal>(async (tx) => {
    const saga = await leaseSaga(tx, ctx.config.INSTANCE_ID, id);
    if (!saga) return explain(tx, id);
    const refusal = await prepare(tx, saga);
    if (refusal) return new Rollback<Saga | Refusal>(refusal);
    await tx.execute("UPDATE sagas SET status = 'RUNNING', attempts = 1 WHERE id = ?", [idToBinary(id)]);
    return { ...saga, tries: 1 };
  });
  if (isRefusal(taken)) return { result: refusalResult(taken) };
  await runSaga(ctx, taken);
  const saga = await showSaga(ctx.db, id);
  if (!saga) throw new Error(`saga ${id} is gone`);
  return { result: { case: 'saga' as const, value: saga } };
}

/** Why a saga can't be had. */
async function explain(tx: Queryable, id: string): Promise<Refusal> {
  const saga = await showSaga(tx, id);
  if (!saga) return refuse('saga-not-found', 'There is no such saga.');
  const isOpen = saga.status === 'RUNNING' || saga.status === 'PARKED';
  return isOpen ? refuse('saga-busy', 'It is being tried just now.') : refuse('saga-ended', `It is ${saga.status ?? 'over'} already.`);
}
