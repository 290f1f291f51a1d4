import { idToBinary, type Queryable } from '@ticketing/common/database';
import type { EventData } from '@ticketing/contracts/events';

type Changed = Pick<EventData<'performance.updated'>, 'performanceId' | 'version' | 'startsAt' | 'saleOpensAt' | 'maxSeatsPerPerson'>;

/**
 * Takes over when performances and their sales begin, and what a person may buy. Of several events the newest one wins, whatever their order.
 * @throws Error for a performance whose seats are not there yet
 */
export async function followPerformances(tx: Queryable, performances: Changed[]): Promise<void> {
  for (const performance of performances) await followPerformance(tx, performance);
}

async function followPerformance(tx: Queryable, performance: Changed): Promise<void> {
  const { version, startsAt, saleOpensAt, maxSeatsPerPerson } = performance;
  const id = idToBinary(performance.performanceId);
  const written = await tx.execute(
    `UPDATE performances SET starts_at = ?, sale_opens_at = ?, max_seats_per_person = ?, version = ? WHERE id = ? AND version < ?`,
    [new Date(startsAt), new Date(saleOpensAt), maxSeatsPerPerson, version, id, version],
  );
  if (written > 0) return;
  const known = await tx.query('SELECT 1 FROM performances WHERE id = ?', [id]);
  if (known.length === 0) throw new Error(`performance ${performance.performanceId} has no seats yet`);
}
