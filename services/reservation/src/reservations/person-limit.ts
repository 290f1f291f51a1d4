import { idFromBinary, idToBinary, type Queryable, type SqlValue } from '@ticketing/common/database';

/** Whose seats of which performance are counted together. */
export interface Person {
  performanceId: string;
  userId: string;
}

/** The same for the same person at the same performance. */
export function personKey({ performanceId, userId }: Person): string {
  return `${performanceId} ${userId}`;
}

/** A condition for the rows of these people, and its values. */
export function anyOf(people: readonly Person[]): { condition: string; values: SqlValue[] } {
  return {
    condition: `(${people.map(() => '(performance_id = ? AND user_id = ?)').join(' OR ')})`,
    values: people.flatMap(({ performanceId, userId }) => [idToBinary(performanceId), idToBinary(userId)]),
  };
}

/**
 * Takes the rows that make concurrent orders of one person take turns. It waits for none that another order has just now: the caller ends
 * the transaction and tries again in a new one.
 * @param people each of them once
 * @returns the keys of those whose rows it has
 */
export async function tryToLockPeople(tx: Queryable, people: readonly Person[]): Promise<Set<string>> {
  const locked = await lockUnlessLocked(tx, people);
  const skipped = people.filter((person) => !locked.has(personKey(person)));
  if (skipped.length === 0) return locked;
  // A person's first order makes the row; one that is there and was skipped is another order's.
  const made = await tx.execute(
    `INSERT IGNORE INTO person_limits (performance_id, user_id)
     SELECT performance, user FROM (${skipped.map(() => 'SELECT ? AS performance, ? AS user').join(' UNION ALL ')}) wanted
      WHERE NOT EXISTS (SELECT 1 FROM person_limits WHERE performance_id = performance AND user_id = user)`,
    anyOf(skipped).values,
  );
  if (made === 0) return locked;
  const ours = made === skipped.length ? new Set(skipped.map(personKey)) : await lockUnlessLocked(tx, skipped);
  return new Set([...locked, ...ours]);
}

async function lockUnlessLocked(tx: Queryable, people: readonly Person[]): Promise<Set<string>> {
  const { condition, values } = anyOf(people);
  const rows = await tx.query<{ performance_id: Buffer; user_id: Buffer }>(
    `SELECT performance_id, user_id FROM person_limits WHERE ${condition} FOR UPDATE SKIP LOCKED`,
    values,
  );
  return new Set(rows.map((row) => personKey({ performanceId: idFromBinary(row.performance_id), userId: idFromBinary(row.user_id) })));
}

/** Waits for the rows: without them, an order of the same person could count while this hold is over its time but not yet sold. */
export async function lockPeople(tx: Queryable, people: readonly Person[]): Promise<void> {
  const { condition, values } = anyOf(people);
  await tx.query(`SELECT 1 FROM person_limits WHERE ${condition} FOR UPDATE`, values);
}
