import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import type { Actor } from '@ticketing/contracts/gen/ticketing/common/v1/actor_pb';
import { lockOwnConcert } from '../access/owner.ts';
import type { ListedConcert } from '../concerts/listed-concert.ts';
import type { PerformanceRow } from '../db/performance.ts';

/** A performance as it is stored, with the number of its changes. */
export interface StoredPerformance extends PerformanceRow {
  version: number;
  cancelledAt: Date | null;
}

const columns = `id, concert_id AS concertId, starts_at AS startsAt, sale_opens_at AS saleOpensAt, total_seats AS totalSeats, price_from AS priceFrom,
  price_to AS priceTo, max_seats_per_person AS maxSeatsPerPerson, status, version, cancelled_at AS cancelledAt`;

/** All performances of a concert, or some. The caller has locked the concert, so that nobody changes them meanwhile. */
export function performancesOf(tx: Queryable, concertId: string, only?: Buffer[]): Promise<StoredPerformance[]> {
  const some = only ? 'AND id IN (?)' : '';
  return tx.query(`SELECT ${columns} FROM performances WHERE concert_id = ? ${some} ORDER BY starts_at, id`, [
    idToBinary(concertId),
    ...(only ? [only] : []),
  ]);
}

/** The performance with its concert, which is locked: its changes follow each other. Undefined when the actor may not change it. */
export async function lockOwnPerformance(
  tx: Queryable,
  actor: Actor,
  performanceId: string,
): Promise<{ concert: ListedConcert; performance: StoredPerformance } | undefined> {
  const id = idToBinary(performanceId);
  const [row] = await tx.query<{ concert_id: Buffer }>('SELECT concert_id FROM performances WHERE id = ?', [id]);
  const concert = row && (await lockOwnConcert(tx, actor, idFromBinary(row.concert_id)));
  if (!concert) return undefined;
  const [performance] = await performancesOf(tx, concert.id, [id]);
  return performance && { concert, performance };
}
