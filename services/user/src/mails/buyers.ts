import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import type { EventData } from '@ticketing/contracts/events';

/** Remembers who has paid for a performance, to tell them when something becomes of it. */
export async function noteBuyers(tx: Queryable, payments: EventData<'payment.completed'>[]): Promise<void> {
  const inOrder = payments.map((payment) => ({ ...payment, key: idToBinary(payment.paymentId) })).sort((a, b) => a.key.compare(b.key));
  await tx.execute(
    'INSERT INTO buyers (payment_id, performance_id, account_id, paid) VALUES ? ON DUPLICATE KEY UPDATE paid = VALUES(paid)',
    [inOrder.map(({ key, performanceId, userId, amount }) => [key, idToBinary(performanceId), idToBinary(userId), amount])],
  );
}

/** Whoever has got all back is no buyer any more. */
export async function noteRefunds(tx: Queryable, refunds: Pick<EventData<'payment.refunded'>, 'paymentId' | 'amount'>[]): Promise<void> {
  for (const { paymentId, amount } of refunds) {
    await tx.execute('UPDATE buyers SET refunded = refunded + ? WHERE payment_id = ?', [amount, idToBinary(paymentId)]);
  }
}

/** Buyers of a performance in the order of their ids, from after one on. */
export async function listBuyers(tx: Queryable, performanceId: string, after: string | undefined, limit: number): Promise<string[]> {
  const rows = await tx.query<{ account_id: Buffer }>(
    `SELECT DISTINCT account_id FROM buyers
      WHERE performance_id = ? AND account_id > ? AND (refunded < paid OR paid = 0)
      ORDER BY account_id LIMIT ${limit}`,
    [idToBinary(performanceId), after === undefined ? Buffer.alloc(0) : idToBinary(after)],
  );
  return rows.map(({ account_id: id }) => idFromBinary(id));
}
