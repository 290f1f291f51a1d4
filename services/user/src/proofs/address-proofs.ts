import { createHash, randomBytes } from 'node:crypto';
import { idFromBinary, newId, type Queryable } from '@ticketing/common/database';
import type { Account } from '../db/account.ts';
import { addMail } from '../mails/add-mail.ts';

/**
 * What a token that is sent to an address is for: a new password, to show that the account's address is its owner's, or that another address
 * is, which then becomes the account's.
 */
export type Purpose = 'RESET' | 'VERIFY' | 'CHANGE';

const lifeMinutes: Record<Purpose, number> = { RESET: 30, VERIFY: 1_440, CHANGE: 1_440 };

/** Tokens of one purpose that are sent in an hour for one account, and to one address. */
const mostAnHour = 5;

export interface Proof {
  accountId: Buffer;
  purpose: Purpose;
  /** Where the token was sent. */
  address: string;
}

/** Makes a token and keeps the mail that takes it to the address; only the mail has the token itself. */
export async function sendProof(
  tx: Queryable,
  { id: accountId, locale }: Pick<Account, 'id' | 'locale'>,
  purpose: Purpose,
  address: string,
): Promise<void> {
  const token = randomBytes(32).toString('base64url');
  await tx.execute(
    `INSERT INTO address_proofs (digest, account_id, purpose, address, ends_at)
     VALUES (?, ?, ?, ?, UTC_TIMESTAMP(3) + INTERVAL ${lifeMinutes[purpose]} MINUTE)`,
    [digestOf(token), accountId, purpose, address],
  );
  const page = purpose === 'RESET' ? 'reset-password' : 'verify';
  await addMail(tx, {
    kind: purpose === 'RESET' ? 'reset-password' : 'verify-address',
    id: newId(),
    accountId: idFromBinary(accountId),
    // What is behind # is sent to no server and told to no other page.
    data: { link: `/${page}#${token}` },
    ...{ address, locale },
  });
}

/** Sends a token that takes the place of those before it, to an account that the transaction has locked. @returns false when too many were sent */
export async function renewProof(tx: Queryable, account: Account, purpose: Purpose, address: string): Promise<boolean> {
  const [sent] = await tx.query<{ toAccount: number; toAddress: number }>(
    `SELECT (SELECT COUNT(*) FROM address_proofs
              WHERE account_id = ? AND purpose = ? AND created_at > UTC_TIMESTAMP(3) - INTERVAL 1 HOUR) AS toAccount,
            (SELECT COUNT(*) FROM address_proofs
              WHERE address = ? AND purpose = ? AND created_at > UTC_TIMESTAMP(3) - INTERVAL 1 HOUR) AS toAddress`,
    [account.id, purpose, address, purpose],
  );
  if (!sent || Math.max(sent.toAccount, sent.toAddress) >= mostAnHour) return false;
  await endProofs(tx, account.id, [purpose]);
  await sendProof(tx, account, purpose, address);
  return true;
}

/** A token that is good: not used, not replaced and not too old. */
export async function findProof(db: Queryable, token: string, purposes: Purpose[]): Promise<Proof | undefined> {
  const [row] = await db.query<{ account_id: Buffer; purpose: Purpose; address: string }>(
    `SELECT account_id, purpose, address FROM address_proofs
      WHERE digest = ? AND purpose IN (?) AND ended_at IS NULL AND ends_at > UTC_TIMESTAMP(3)`,
    [digestOf(token), purposes],
  );
  return row && { accountId: row.account_id, purpose: row.purpose, address: row.address };
}

/** Uses a token up, once. The transaction has locked its account. @returns false when it is no good any more */
export async function spendProof(tx: Queryable, token: string): Promise<boolean> {
  const count = await tx.execute(
    'UPDATE address_proofs SET ended_at = UTC_TIMESTAMP(3) WHERE digest = ? AND ended_at IS NULL AND ends_at > UTC_TIMESTAMP(3)',
    [digestOf(token)],
  );
  return count === 1;
}

/** Ends the tokens of an account that the transaction has locked. */
export async function endProofs(tx: Queryable, accountId: Buffer, purposes: Purpose[]): Promise<void> {
  await tx.execute('UPDATE address_proofs SET ended_at = UTC_TIMESTAMP(3) WHERE account_id = ? AND purpose IN (?) AND ended_at IS NULL', [
    accountId,
    purposes,
  ]);
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
