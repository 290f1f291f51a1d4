import { idToBinary, type Queryable } from '@ticketing/common/database';
import type { Actor } from '@ticketing/contracts/gen/ticketing/common/v1/actor_pb';
import { type ListedConcert, loadConcert } from '../concerts/listed-concert.ts';

/** Operators may change everything, others what is their own. @param owner null for what is nobody's */
export function isOpenTo(actor: Actor, owner: Buffer | null): boolean {
  return actor.operator || (owner?.equals(idToBinary(actor.userId)) ?? false);
}

/** True when the actor may change the concert. A concert of somebody else is to them as if there were none. */
export async function ownsConcert(db: Queryable, actor: Actor, concertId: string): Promise<boolean> {
  const [row] = await db.query<{ owner_id: Buffer | null }>('SELECT owner_id FROM concerts WHERE id = ?', [idToBinary(concertId)]);
  return row !== undefined && isOpenTo(actor, row.owner_id);
}

/** The concert, locked, so that its versions and events follow each other; undefined when the actor may not change it. */
export async function lockOwnConcert(tx: Queryable, actor: Actor, concertId: string): Promise<ListedConcert | undefined> {
  const [row] = await tx.query<{ owner_id: Buffer | null }>('SELECT owner_id FROM concerts WHERE id = ? FOR UPDATE', [
    idToBinary(concertId),
  ]);
  return row && isOpenTo(actor, row.owner_id) ? loadConcert(tx, concertId) : undefined;
}

/** True when the performance is one of a concert that the actor may change. */
export async function ownsPerformance(db: Queryable, actor: Actor, performanceId: string): Promise<boolean> {
  const [row] = await db.query<{ owner_id: Buffer | null }>(
    'SELECT c.owner_id FROM performances p JOIN concerts c ON c.id = p.concert_id WHERE p.id = ?',
    [idToBinary(performanceId)],
  );
  return row !== undefined && isOpenTo(actor, row.owner_id);
}
