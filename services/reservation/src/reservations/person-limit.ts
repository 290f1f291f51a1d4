import { idToBinary, type Queryable } from '@ticketing/common/database';

/** Whose seats of which performance are counted together. */
interface Person {
  performanceId: string;
  userId: string;
}

/**
 * Takes the row that makes concurrent orders of one person take turns. False: another order has it just now. Nobody waits for it with
 * a connection in hand; the caller ends the transaction and tries again in a new one.
 */
export async function tryToLockPerson(tx: Queryable, { performanceId, userId }: Person): Promise<boolean> {
  const person = [idToBinary(performanceId), idToBinary(userId)];
  const locked = await tx.query('SELECT 1 FROM person_limits WHERE performance_id = ? AND user_id = ? FOR UPDATE SKIP LOCKED', person);
  if (locked.length > 0) return true;
  // A person's first order makes the row; one that is there and was skipped is another order's.
  const made = await tx.execute(
    `INSERT IGNORE INTO person_limits (performance_id, user_id)
     SELECT ?, ? FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM person_limits WHERE performance_id = ? AND user_id = ?)`,
    [...person, ...person],
  );
  return made === 1;
}

/** Waits for the row: without it, an order of the same person could count while this hold is over its time but not yet sold. */
export async function lockPerson(tx: Queryable, { performanceId, userId }: Person): Promise<void> {
  await tx.query('SELECT 1 FROM person_limits WHERE performance_id = ? AND user_id = ? FOR UPDATE', [
    idToBinary(performanceId),
    idToBinary(userId),
  ]);
}
