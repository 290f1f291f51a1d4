import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import { type Performance, placeOf, type SeatPlace } from '../performances/performances.ts';
import { areNeighbours, chooseSeats, type FreeSeat } from '../seats/choose-seats.ts';

/** A seat can be had when nobody has it, or when its hold is dead, whether or not a sweeper has been there. */
export const canBeHad = `(status = 'AVAILABLE' OR (status = 'HELD' AND hold_expires_at <= UTC_TIMESTAMP(3)))`;

/** Asks for the best `quantity` seats. */
interface BestSeats {
  performance: Performance;
  quantity: number;
  /** Empty for any. */
  section: string;
}

// Without locks nobody is in the way, so there may be as many as it takes to find neighbours where seats are scattered.
const seatsInView = 60;

/**
 * Chooses the best seats and locks them, with few others. `busy`: there are enough, but some are just being taken by others, who may
 * yet fail; the caller ends the transaction, so that nobody keeps a part, and tries again. Undefined: too few are left.
 * @param linesUp waits for the seats in place of `busy`
 */
export async function chooseBestSeats(tx: Queryable, order: BestSeats, linesUp: boolean): Promise<SeatPlace[] | 'busy' | undefined> {
  const { quantity } = order;
  const near = await findFree(tx, order, quantity === 1 ? 1 : quantity * 4, 'FOR UPDATE SKIP LOCKED');
  const atHand = chooseSeats(near, quantity);
  if (atHand && areNeighbours(atHand)) return atHand;
  const best = chooseSeats(await findFree(tx, order, seatsInView, ''), quantity);
  if (!best) return undefined;
  if (await tryToLock(tx, order, best)) return best;
  if (atHand) return atHand;
  return linesUp ? chooseSeats(await findFree(tx, order, quantity, 'FOR UPDATE'), quantity) : 'busy';
}

async function findFree(tx: Queryable, { performance, section }: BestSeats, limit: number, locking: string) {
  const rows = await tx.query<{ id: Buffer; position: number }>(
    `SELECT id, position FROM seats WHERE performance_id = ? AND (? = '' OR section = ?) AND ${canBeHad}
      ORDER BY position LIMIT ${limit} ${locking}`,
    [idToBinary(performance.id), section, section],
  );
  return rows.map(({ id, position }): SeatPlace & FreeSeat => ({ ...placeOf(performance, idFromBinary(id)), position }));
}

/** True when all of them could be had and are locked now. */
async function tryToLock(tx: Queryable, { performance }: BestSeats, seats: SeatPlace[]): Promise<boolean> {
  const locked = await tx.query(
    `SELECT 1 FROM seats FORCE INDEX (PRIMARY) WHERE performance_id = ? AND id IN (?) AND ${canBeHad} FOR UPDATE SKIP LOCKED`,
    [idToBinary(performance.id), seats.map((seat) => idToBinary(seat.id))],
  );
  return locked.length === seats.length;
}
