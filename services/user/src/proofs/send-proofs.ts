import type { Database, Queryable } from '@ticketing/common/database';
import { lockAccount } from '../db/account.ts';
import { renewProof } from './address-proofs.ts';

interface RequestRow {
  id: Buffer;
  purpose: 'RESET' | 'VERIFY';
  address: string | null;
  /** Whose account it is about; null for an address of nobody. */
  owner: Buffer | null;
}

const batchSize = 100;

/** Sends the tokens that were asked for, to addresses that are an account's. @returns how many requests it looked at */
export async function sendProofs(db: Database): Promise<number> {
  const rows = await db.query<RequestRow>(
    `SELECT r.id, r.purpose, r.address, COALESCE(r.account_id, a.id) AS owner
       FROM proof_requests r LEFT JOIN accounts a ON a.email = r.address ORDER BY r.id LIMIT ${batchSize}`,
  );
  const ofNobody = rows.filter(({ owner }) => owner === null).map(({ id }) => id);
  if (ofNobody.length > 0) await db.execute('DELETE FROM proof_requests WHERE id IN (?)', [ofNobody]);
  for (const row of rows) {
    const { owner } = row;
    if (owner !== null) await db.transaction((tx) => sendOne(tx, row, owner));
  }
  return rows.length;
}

/** Works while there is something to do. */
export async function sendAllProofs(db: Database, signal: AbortSignal): Promise<void> {
  while ((await sendProofs(db)) === batchSize && !signal.aborted);
}

async function sendOne(tx: Queryable, { id, purpose, address }: RequestRow, owner: Buffer): Promise<void> {
  const account = await lockAccount(tx, owner);
  // Of several instances that have read the request, one removes it.
  if ((await tx.execute('DELETE FROM proof_requests WHERE id = ?', [id])) === 0 || !account) return;
  // The account may have got another address since the request was read.
  const isAbout = address === null || address === account.email;
  if (isAbout && !(purpose === 'VERIFY' && account.verified)) await renewProof(tx, account, purpose, account.email);
}
