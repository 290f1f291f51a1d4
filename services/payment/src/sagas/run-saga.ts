import { advancePayment } from '../payments/advance-payment.ts';
import { advanceRefund } from '../refunds/advance-refund.ts';
import type { SagaContext } from './saga-context.ts';
import { postponeSaga, type Saga } from './saga-store.ts';

const quickTries = 3;

// An unknown outcome is an exception here: the step is asked again until it is known, and never undone on a guess.
const advance = { payment: advancePayment, refund: advanceRefund } as const;

/** Drives a saga to its end, or gives it back for a later try when an outcome could not be learnt. */
export async function runSaga(ctx: SagaContext, saga: Saga): Promise<void> {
  try {
    await advance[saga.kind](ctx, saga);
    ctx.outbox.wake();
  } catch (error) {
    const level = saga.attempts + 1 === quickTries ? 'error' : 'warn';
    ctx.log[level]({ err: error, sagaId: saga.id, kind: saga.kind, attempts: saga.attempts + 1 }, 'saga outcome unknown, will ask again');
    await postponeSaga(ctx.db, saga, error);
  }
}
