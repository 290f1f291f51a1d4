import { idToBinary, newId, type Queryable, type SqlValue } from '@ticketing/common/database';

/** Where points come from and go to. CASH is the world outside, SALES is what was paid for tickets. */
type Account = 'WALLET' | 'CASH' | 'SALES';
export type TransferKind = 'CHARGE' | 'PAYMENT' | 'REFUND';

/** The most that one wallet may hold, in KRW. Far below what a JavaScript number counts exactly. */
export const balanceLimit = 1_000_000_000_000;

/** Sets points aside for a payment. False: there are too few that are free. */
export async function reservePoints(tx: Queryable, userId: string, amount: number): Promise<boolean> {
  const reserved = await tx.execute('UPDATE wallets SET reserved = reserved + ? WHERE user_id = ? AND balance - reserved >= ?', [
    amount,
    idToBinary(userId),
    amount,
  ]);
  return reserved === 1;
}

/** Gives reserved points back to the free balance. */
export async function releasePoints(tx: Queryable, userId: string, amount: number): Promise<void> {
  expectOne(
    await tx.execute('UPDATE wallets SET reserved = reserved - ? WHERE user_id = ? AND reserved >= ?', [
      amount,
      idToBinary(userId),
      amount,
    ]),
  );
}

/** Spends reserved points and books it. */
export async function capturePoints(tx: Queryable, userId: string, amount: number, paymentId: string): Promise<void> {
  expectOne(
    await tx.execute('UPDATE wallets SET balance = balance - ?, reserved = reserved - ? WHERE user_id = ? AND reserved >= ?', [
      amount,
      amount,
      idToBinary(userId),
      amount,
    ]),
  );
  await book(tx, { kind: 'PAYMENT', reference: paymentId, userId, amount: -amount, counterpart: 'SALES' });
}

/** Adds points to a wallet, made when it is missing, and books it. Undefined: the wallet would exceed its limit. */
export async function creditPoints(
  tx: Queryable,
  credit: { kind: 'CHARGE' | 'REFUND'; reference: string; userId: string; amount: number },
): Promise<{ balance: number } | undefined> {
  const userId = idToBinary(credit.userId);
  await tx.execute('INSERT INTO wallets (user_id) VALUES (?) ON DUPLICATE KEY UPDATE user_id = user_id', [userId]);
  // What was once in the wallet may always come back; the limit is for new money.
  const limit = credit.kind === 'CHARGE' ? balanceLimit : Number.MAX_SAFE_INTEGER;
  const credited = await tx.execute('UPDATE wallets SET balance = balance + ? WHERE user_id = ? AND balance + ? <= ?', [
    credit.amount,
    userId,
    credit.amount,
    limit,
  ]);
  if (credited === 0) return undefined;
  return { balance: await book(tx, { ...credit, counterpart: credit.kind === 'CHARGE' ? 'CASH' : 'SALES' }) };
}

interface Transfer {
  kind: TransferKind;
  reference: string;
  userId: string;
  /** Signed, as the wallet sees it. */
  amount: number;
  counterpart: Exclude<Account, 'WALLET'>;
}

/** Writes both entries of a transfer and returns the wallet's balance after it. The unique key refuses a second booking. */
async function book(tx: Queryable, { kind, reference, userId, amount, counterpart }: Transfer): Promise<number> {
  const user = idToBinary(userId);
  const [wallet] = await tx.query<{ balance: number }>('SELECT balance FROM wallets WHERE user_id = ?', [user]);
  if (!wallet) throw new Error('the wallet is gone');
  const entry = (account: Account, signed: number, balanceAfter: number | null): SqlValue[] => [
    idToBinary(newId()),
    kind,
    idToBinary(reference),
    account,
    user,
    signed,
    balanceAfter,
  ];
  await tx.execute('INSERT INTO ledger_entries (id, kind, reference, account, user_id, amount, balance_after) VALUES ?', [
    [entry('WALLET', amount, wallet.balance), entry(counterpart, -amount, null)],
  ]);
  return wallet.balance;
}

function expectOne(affected: number): void {
  if (affected !== 1) throw new Error('points that should be reserved are not');
}
