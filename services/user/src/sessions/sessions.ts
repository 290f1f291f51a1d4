import { idFromBinary, idToBinary, newId, type Queryable } from '@ticketing/common/database';
import type { Account } from '../db/account.ts';

/** How long a session lasts at most, however it is used. */
const longestSessionHours = 12;

export interface SessionRow {
  id: string;
  endsAt: Date;
}

/** Begins a session of an account that the transaction has locked. */
export async function addSession(tx: Queryable, { id: accountId }: Pick<Account, 'id'>): Promise<SessionRow> {
  const id = newId();
  await tx.execute(
    `INSERT INTO sessions (id, account_id, ends_at) VALUES (?, ?, UTC_TIMESTAMP(3) + INTERVAL ${longestSessionHours} HOUR)`,
    [idToBinary(id), accountId],
  );
  const [row] = await tx.query<{ ends_at: Date }>('SELECT ends_at FROM sessions WHERE id = ?', [idToBinary(id)]);
  if (!row) throw new Error('the session that was just written is not there');
  return { id, endsAt: row.ends_at };
}

/** A session that stands, and of an account that does. */
export async function findSession(db: Queryable, accountId: Buffer, sessionId: string): Promise<SessionRow | undefined> {
  const [row] = await db.query<{ id: Buffer; ends_at: Date }>(
    'SELECT id, ends_at FROM sessions WHERE id = ? AND account_id = ? AND ended_at IS NULL AND ends_at > UTC_TIMESTAMP(3)',
    [idToBinary(sessionId), accountId],
  );
  return row && { id: idFromBinary(row.id), endsAt: row.ends_at };
}

/**
 * Ends the sessions of an account that the transaction has locked: nobody logs in meanwhile. It is the last statement before the commit,
 * so that `ended_at` is about when others see it.
 * @param except a session that goes on
 */
export async function endSessionsOf(tx: Queryable, accountId: Buffer, except?: string): Promise<void> {
  const others = except === undefined ? '' : 'AND id <> ?';
  await tx.execute(`UPDATE sessions SET ended_at = UTC_TIMESTAMP(3) WHERE account_id = ? AND ended_at IS NULL ${others}`, [
    accountId,
    ...(except === undefined ? [] : [idToBinary(except)]),
  ]);
}
