import { idFromBinary, idToBinary, Rollback } from '@ticketing/common/database';
import { isRefusal } from '@ticketing/common/refusal';
import { createCounter } from '@ticketing/common/telemetry';
import { findPayment } from '../payments/payment.ts';
import { beginRefund } from '../refunds/begin-refund.ts';
import { findLiveRefunds } from '../refunds/refund.ts';
import { runSaga } from '../sagas/run-saga.ts';
import type { SagaContext } from '../sagas/saga-context.ts';
import type { Saga } from '../sagas/saga-store.ts';

const cancellationsPerTurn = 10;
const ordersPerPage = 40;
const refundsAtOnce = 8;
const begun = createCounter('ticketing_cancelled_orders_total', 'Paid orders of cancelled performances whose refund was begun');

/**
 * Gives back what was paid for cancelled performances. Many instances may do so at once, and one that is killed is gone on with: a refund is begun
 * once, by its unique key, and its saga ends without the one who began it.
 */
export async function sweepCancellations(ctx: SagaContext): Promise<void> {
  const due = await ctx.db.query<{ performance_id: Buffer }>(
    `SELECT performance_id FROM cancellations
      WHERE done_at IS NULL AND due_at <= UTC_TIMESTAMP(3) AND stopped_at IS NOT NULL ORDER BY due_at LIMIT ${cancellationsPerTurn}`,
  );
  for (const { performance_id: id } of due) await sweep(ctx, id);
}

async function sweep(ctx: SagaContext, performanceId: Buffer): Promise<void> {
  const { db } = ctx;
  await beginAll(ctx, performanceId);
  // In this order: what is under way now is seen, or has ended and is paid; what begins later gets no seats.
  const isUnderWay = await hasOpenPayments(ctx, performanceId);
  await noteLateOrders(ctx, performanceId);
  const [waiting] = await db.query('SELECT 1 FROM cancelled_orders WHERE performance_id = ? AND begun = 0 LIMIT 1', [performanceId]);
  const ends = !isUnderWay && waiting === undefined;
  // What waits for an operator is not looked at each second for ever.
  const pause = 'UTC_TIMESTAMP(3) + INTERVAL IF(created_at < UTC_TIMESTAMP(3) - INTERVAL 10 MINUTE, 30, 1) SECOND';
  const change = ends ? 'done_at = UTC_TIMESTAMP(3)' : `due_at = ${pause}`;
  await db.execute(`UPDATE cancellations SET ${change} WHERE performance_id = ? AND done_at IS NULL`, [performanceId]);
}

/** Begins the refunds that were not begun, but for payments that somebody else is just giving back; those are looked at again. */
async function beginAll(ctx: SagaContext, performanceId: Buffer): Promise<void> {
  let after: Buffer = Buffer.alloc(16);
  for (;;) {
    const page = await ctx.db.query<{ payment_id: Buffer }>(
      `SELECT payment_id FROM cancelled_orders WHERE performance_id = ? AND begun = 0 AND payment_id > ? ORDER BY payment_id LIMIT ${ordersPerPage}`,
      [performanceId, after],
    );
    for (let from = 0; from < page.length; from += refundsAtOnce) {
      await Promise.all(page.slice(from, from + refundsAtOnce).map((row) => giveBackOrder(ctx, performanceId, row.payment_id)));
    }
    const last = page.at(-1);
    if (!last || page.length < ordersPerPage) return;
    after = last.payment_id;
  }
}

async function giveBackOrder(ctx: SagaContext, performanceId: Buffer, paymentId: Buffer): Promise<void> {
  const saga = await ctx.db.transaction<Saga | undefined>(async (tx) => {
    const payment = await findPayment(tx, idFromBinary(paymentId));
    if (!payment) throw new Error(`payment ${idFromBinary(paymentId)} is gone`);
    const refund =
      payment.status === 'COMPLETED' ? await beginRefund(tx, payment, { owner: ctx.config.INSTANCE_ID, byOperator: true }) : undefined;
    // Its payer, or another instance, was faster.
    if (refund && isRefusal(refund)) return new Rollback<Saga | undefined>(undefined);
    // What its payer wants back of it may be refused, and then comes back with the rest.
    const live = await findLiveRefunds(tx, payment.id);
    if (live.some(({ status, byOperator }) => status === 'PENDING' && !byOperator)) return new Rollback<Saga | undefined>(undefined);
    await tx.execute('UPDATE cancelled_orders SET begun = 1, refund_id = ? WHERE performance_id = ? AND payment_id = ?', [
      ...[refund ? idToBinary(refund.refund.id) : null, performanceId, paymentId],
    ]);
    return refund?.saga;
  });
  if (!saga) return;
  begun.add(1);
  await runSaga(ctx, saga);
}

/** Whether a payment may still get seats, or has got them without its being written down here. */
async function hasOpenPayments({ db }: Pick<SagaContext, 'db'>, performanceId: Buffer): Promise<boolean> {
  const open = await db.query(
    `SELECT 1 FROM sagas s JOIN payments p ON p.id = s.subject_id
      WHERE s.status IN ('RUNNING', 'PARKED') AND s.kind = 'payment' AND p.performance_id = ? LIMIT 1`,
    [performanceId],
  );
  return open.length > 0;
}

/** Adds what was paid since the cancellation became known here. */
async function noteLateOrders({ db }: Pick<SagaContext, 'db'>, performanceId: Buffer): Promise<void> {
  await db.execute(
    `INSERT IGNORE INTO cancelled_orders (performance_id, payment_id)
     SELECT p.performance_id, p.id FROM payments p LEFT JOIN cancelled_orders o ON o.performance_id = p.performance_id AND o.payment_id = p.id
      WHERE p.performance_id = ? AND p.status = 'COMPLETED' AND o.payment_id IS NULL`,
    [performanceId],
  );
}
