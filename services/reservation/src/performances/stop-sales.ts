import { idToBinary, type Queryable } from '@ticketing/common/database';
import { addEvent } from '@ticketing/common/outbox';
import type { EventData } from '@ticketing/contracts/events';

type Cancelled = EventData<'performance.cancelled'>;

/** Stops the sales of cancelled performances: no hold and no payment that comes after this gets a seat. Their holds are ended by end-holds.ts. */
export async function stopSales(tx: Queryable, performances: Cancelled[]): Promise<void> {
  for (const performance of performances) await stopSale(tx, performance);
}

async function stopSale(tx: Queryable, { performanceId, concertId, version }: Cancelled): Promise<void> {
  const id = idToBinary(performanceId);
  await tx.execute('INSERT IGNORE INTO cancellations (performance_id, stopped_at) VALUES (?, UTC_TIMESTAMP(3))', [id]);
  const [row] = await tx.query<{ stopped_at: Date }>('SELECT stopped_at FROM cancellations WHERE performance_id = ?', [id]);
  if (!row) throw new Error('the cancellation that was just written is not there');
  // Nothing is sold of a performance that is not there: when its seats are made, the row above says that it is cancelled.
  await tx.execute("UPDATE performances SET status = 'CANCELLED', cancelled_at = ?, version = GREATEST(version, ?) WHERE id = ?", [
    row.stopped_at,
    version,
    id,
  ]);
  await addEvent(tx, 'sale.stopped', performanceId, { performanceId, concertId, stoppedAt: row.stopped_at.toISOString() });
}
