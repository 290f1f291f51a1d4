import { idToBinary, type Queryable } from '@ticketing/common/database';
import type { EventData } from '@ticketing/contracts/events';

/** Remembers a cancelled performance, with all that is paid for it at this moment. One that is known already stays as it is. */
export async function noteCancellation(tx: Queryable, performanceId: string): Promise<void> {
  const id = idToBinary(performanceId);
  const made = await tx.execute(
    'INSERT IGNORE INTO cancellations (performance_id, due_at) VALUES (?, UTC_TIMESTAMP(3) + INTERVAL 0 SECOND)',
    [id],
  );
  if (made === 0) return;
  await tx.execute(
    "INSERT INTO cancelled_orders (performance_id, payment_id) SELECT performance_id, id FROM payments WHERE performance_id = ? AND status = 'COMPLETED'",
    [id],
  );
}

/** The refunds may begin: the reservation service sells none of the seats any more. */
export async function noteStoppedSales(tx: Queryable, sales: EventData<'sale.stopped'>[]): Promise<void> {
  for (const { performanceId, stoppedAt } of sales) {
    await noteCancellation(tx, performanceId);
    await tx.execute('UPDATE cancellations SET stopped_at = ? WHERE performance_id = ? AND stopped_at IS NULL', [
      new Date(stoppedAt),
      idToBinary(performanceId),
    ]);
  }
}
