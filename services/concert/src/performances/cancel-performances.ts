import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import { addEvents } from '@ticketing/common/outbox';
import { type ListedConcert, loadConcert } from '../concerts/listed-concert.ts';
import { recordChange } from '../concerts/record-change.ts';
import { writeDates } from '../concerts/write-dates.ts';
import { performancesOf, type StoredPerformance } from './own-performance.ts';

/**
 * Cancels performances of a concert that the caller has locked, and tells everybody. A published concert is cancelled with the last of them;
 * its dates follow those that are left.
 * @param wholly the concert is cancelled, also where performances have taken place
 */
export async function cancelPerformances(
  tx: Queryable,
  concert: ListedConcert,
  performances: StoredPerformance[],
  { wholly }: { wholly: boolean },
): Promise<void> {
  const ids = performances.filter(({ status }) => status === 'SCHEDULED').map(({ id }) => id);
  if (ids.length > 0) await cancel(tx, concert.id, ids);
  const left = await tx.query("SELECT 1 FROM performances WHERE concert_id = ? AND status = 'SCHEDULED' LIMIT 1", [idToBinary(concert.id)]);
  const ends = concert.state === 'PUBLISHED' && (wholly || (left.length === 0 && ids.length > 0));
  if (ids.length === 0 && !ends) return;
  if (ends)
    await tx.execute("UPDATE concerts SET state = 'CANCELLED', cancelled_at = UTC_TIMESTAMP(3) WHERE id = ?", [idToBinary(concert.id)]);
  await writeDates(tx, [idToBinary(concert.id)], concert.venue.timeZone);
  const after = await loadConcert(tx, concert.id);
  if (after) await recordChange(tx, 'concert.updated', after);
}

async function cancel(tx: Queryable, concertId: string, ids: Buffer[]): Promise<void> {
  await tx.execute("UPDATE performances SET status = 'CANCELLED', cancelled_at = UTC_TIMESTAMP(3), version = version + 1 WHERE id IN (?)", [
    ids,
  ]);
  const cancelled = await performancesOf(tx, concertId, ids);
  await addEvents(
    tx,
    'performance.cancelled',
    cancelled.map(({ id, version, startsAt, cancelledAt }) => ({
      aggregateId: concertId,
      data: {
        ...{ performanceId: idFromBinary(id), concertId, version, startsAt: startsAt.toISOString() },
        cancelledAt: (cancelledAt ?? new Date()).toISOString(),
      },
    })),
  );
}
