import { idToBinary, isDuplicateKey, newId, type Queryable } from '@ticketing/common/database';
import { type Refusal, refuse } from '@ticketing/common/refusal';
import type { Payment } from '../payments/payment.ts';
import { beginSagas, type Saga } from '../sagas/saga-store.ts';
import type { Refund } from './refund.ts';

/** Begins to give a payment back, for its payer or at the wish of an operator. Refuses with `already-refunded` or `refund-not-allowed`; then the caller must roll back. */
export async function beginRefund(
  tx: Queryable,
  payment: Payment,
  { owner, byOperator }: { owner: string; byOperator: boolean },
): Promise<{ refund: Refund; saga: Saga } | Refusal> {
  if (payment.status === 'REFUNDED') return refuse('already-refunded', 'It is refunded already.');
  if (payment.status !== 'COMPLETED') return refuse('refund-not-allowed', 'Only a completed payment can be refunded.');
  const refund: Refund = { id: newId(), paymentId: payment.id, amount: payment.amount, status: 'PENDING', failure: undefined, byOperator };
  if (!(await insertRefund(tx, refund))) return refuse('already-refunded', 'There is a refund of it already.');
  const steps = { 'request-refund': 'done', 'release-reservation': 'begun' };
  const [saga] = await beginSagas(tx, [refund.id], { kind: 'refund', owner, steps });
  if (!saga) throw new Error('no saga was begun');
  return { refund, saga };
}

/** False: the payment has a refund that is done or under way. The unique key on live_payment_id decides. */
async function insertRefund(tx: Queryable, refund: Refund): Promise<boolean> {
  const paymentId = idToBinary(refund.paymentId);
  try {
    await tx.execute(
      "INSERT INTO refunds (id, payment_id, live_payment_id, amount, status, by_operator) VALUES (?, ?, ?, ?, 'PENDING', ?)",
      [idToBinary(refund.id), paymentId, paymentId, refund.amount, refund.byOperator],
    );
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}
