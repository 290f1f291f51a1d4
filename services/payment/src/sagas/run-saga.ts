import { addEvent } from '@ticketing/common/outbox';
import { createCounter } from '@ticketing/common/telemetry';
import { advancePayment } from '../payments/advance-payment.ts';
import { advanceRefund } from '../refunds/advance-refund.ts';
import { isLastQuickTry, nextTry } from './next-try.ts';
import type { SagaContext } from './saga-context.ts';
import { parkSaga, postponeSaga, type Saga, subjectOf } from './saga-store.ts';

const stalled = createCounter('ticketing_sagas_stalled_total', 'Sagas whose quick tries brought no outcome, by kind');

// An unknown outcome is an exception here: the step is asked again until it is known, and never undone on a guess.
const advance = { payment: advancePayment, refund: advanceRefund, 'part-refund': advanceRefund } as const;

/**
 * Drives a saga to its end, or gives it back for a later try when an outcome could not be learnt.
 * @param step what brings it to its end, where its maker knows more than its id
 */
export async function runSaga(ctx: SagaContext, saga: Saga, step = advance[saga.kind]): Promise<void> {
  try {
    await step(ctx, saga);
  } catch (error) {
    await giveBack(ctx, saga, error);
  }
  ctx.outbox.wake();
}

/** For a later try; after the quick ones somebody is told, and in the end the saga waits for an operator. */
async function giveBack(ctx: SagaContext, saga: Saga, error: unknown): Promise<void> {
  const { SAGA_SLOW_TRIES: tries, SAGA_SLOW_SECONDS: seconds } = ctx.config;
  const next = nextTry(saga.tries, { tries, seconds });
  const isStalled = isLastQuickTry(saga.tries);
  const level = isStalled || next.pace === 'parked' ? 'error' : 'warn';
  ctx.log[level]({ err: error, sagaId: saga.id, kind: saga.kind, tries: saga.tries, next: next.pace }, 'saga outcome unknown');
  const reason = error instanceof Error ? error.message : 'unknown';
  const data = { sagaId: saga.id, kind: subjectOf(saga.kind), subjectId: saga.subjectId, tries: saga.tries, reason: reason.slice(0, 255) };
  await ctx.db.transaction(async (tx) => {
    if (next.pace === 'parked') {
      if (await parkSaga(tx, saga, reason)) await addEvent(tx, 'saga.parked', saga.subjectId, data);
    } else if ((await postponeSaga(tx, saga, reason, next.seconds)) && isStalled) {
      await addEvent(tx, 'saga.stalled', saga.subjectId, data);
    }
  });
  if (isStalled) stalled.add(1, { kind: saga.kind });
}
