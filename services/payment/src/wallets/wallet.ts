import { idFromBinary, idToBinary, newId, type Queryable, type SqlValue } from '@ticketing/common/database';

/** Where points come from and go to. CASH is the world outside, SALES is what was paid for tickets. */
type Account = 'WALLET' | 'CASH' | 'SALES';
export type TransferKind = 'CHARGE' | 'PAYMENT' | 'REFUND';

/** The most that one wallet may hold, in KRW. Far below what a JavaScript number counts exactly. */
export const balanceLimit = 1_000_000_000_000;

/** Points of a person that are locked, as they will be. */
interface Wallet {
  balance: number;
  /** The part of the balance that payments have set aside. */
  reserved: number;
}

/** Changes wallets in memory, one change after another, and writes what came of them. */
async function changeWallets<R>(tx: Queryable, userIds: string[], change: (wallets: ReadonlyMap<string, Wallet>) => R): Promise<R> {
  if (userIds.length === 0) return change(new Map());
  const rows = await tx.query<{ user_id: Buffer; balance: number; reserved: number }>(
    'SELECT user_id, balance, reserved FROM wallets WHERE user_id IN (?) FOR UPDATE',
    [[...new Set(userIds)].map(idToBinary)],
  );
  const wallets = new Map(rows.map(({ user_id: id, balance, reserved }) => [idFromBinary(id), { balance, reserved }]));
  const result = change(wallets);
  if (rows.length === 0) return result;
  const each = (field: keyof Wallet): SqlValue[] => [...wallets].flatMap(([userId, wallet]) => [idToBinary(userId), wallet[field]]);
  const cases = rows.map(() => 'WHEN ? THEN ?').join(' ');
  await tx.execute(`UPDATE wallets SET balance = CASE user_id ${cases} END, reserved = CASE user_id ${cases} END WHERE user_id IN (?)`, [
    ...each('balance'),
    ...each('reserved'),
    rows.map((row) => row.user_id),
  ]);
  return result;
}

/** Somebody's points, some of which a payment sets aside or spends. */
export interface Points {
  userId: string;
  amount: number;
}

/** Sets points aside for payments. False for those for which too few are free. What costs nothing needs no wallet. */
export function reservePoints(tx: Queryable, payments: readonly Points[]): Promise<boolean[]> {
  return changeWallets(tx, payments.filter(isSome).map(userOf), (wallets) =>
    payments.map(({ userId, amount }) => {
      if (amount === 0) return true;
      const wallet = wallets.get(userId);
      if (!wallet || wallet.balance - wallet.reserved < amount) return false;
      wallet.reserved += amount;
      return true;
    }),
  );
}

/** Gives reserved points back to the free balance. @throws Error when they are not reserved */
export async function releasePoints(tx: Queryable, points: Points): Promise<void> {
  if (!isSome(points)) return;
  await changeWallets(tx, [points.userId], (wallets) => {
    unreserve(wallets, points);
  });
}

/** Spends reserved points and books it; where nothing moves, nothing is booked. @throws Error when they are not reserved */
export async function capturePoints(tx: Queryable, payments: readonly (Points & { id: string })[]): Promise<void> {
  const paid = payments.filter(isSome);
  const transfers = await changeWallets(tx, paid.map(userOf), (wallets) =>
    paid.map(({ id, userId, amount }): Transfer => {
      const wallet = unreserve(wallets, { userId, amount });
      wallet.balance -= amount;
      return { kind: 'PAYMENT', reference: id, userId, amount: -amount, balanceAfter: wallet.balance };
    }),
  );
  await book(tx, transfers);
}

/** Points that come into a wallet. */
export interface Credit extends Points {
  kind: 'CHARGE' | 'REFUND';
  /** The id of the charge or the refund. */
  reference: string;
}

/** Adds points to wallets, made when they are missing, and books it. @returns the balance after each; undefined where the wallet would exceed its limit */
export async function creditPoints(tx: Queryable, credits: readonly Credit[]): Promise<(number | undefined)[]> {
  await tx.execute('INSERT INTO wallets (user_id) VALUES ? ON DUPLICATE KEY UPDATE user_id = user_id', [
    [...new Set(credits.map(userOf))].sort().map((userId) => [idToBinary(userId)]),
  ]);
  const balances = await changeWallets(tx, credits.map(userOf), (wallets) =>
    credits.map(({ kind, userId, amount }) => {
      const wallet = wallets.get(userId);
      if (!wallet) throw new Error('the wallet is gone');
      // What was once in the wallet may always come back; the limit is for new money.
      if (kind === 'CHARGE' && wallet.balance + amount > balanceLimit) return undefined;
      wallet.balance += amount;
      return wallet.balance;
    }),
  );
  await book(
    tx,
    credits.flatMap((credit, index) => {
      const balanceAfter = balances[index];
      return balanceAfter === undefined ? [] : [{ ...credit, balanceAfter }];
    }),
  );
  return balances;
}

function isSome({ amount }: Points): boolean {
  return amount > 0;
}

function userOf({ userId }: Points): string {
  return userId;
}

function unreserve(wallets: ReadonlyMap<string, Wallet>, { userId, amount }: Points): Wallet {
  const wallet = wallets.get(userId);
  if (!wallet || wallet.reserved < amount) throw new Error('points that should be reserved are not');
  wallet.reserved -= amount;
  return wallet;
}

/** A transfer between a wallet and where its points come from or go to; `amount` is signed, as the wallet sees it. */
interface Transfer extends Points {
  kind: TransferKind;
  reference: string;
  balanceAfter: number;
}

/** Writes both entries of each transfer. The unique key refuses a second booking. */
async function book(tx: Queryable, transfers: Transfer[]): Promise<void> {
  if (transfers.length === 0) return;
  const entry = ({ kind, reference, userId }: Transfer, account: Account, amount: number, balanceAfter: number | null): SqlValue[] => [
    ...[idToBinary(newId()), kind, idToBinary(reference), account],
    ...[idToBinary(userId), amount, balanceAfter],
  ];
  await tx.execute('INSERT INTO ledger_entries (id, kind, reference, account, user_id, amount, balance_after) VALUES ?', [
    transfers.flatMap((transfer) => [
      entry(transfer, 'WALLET', transfer.amount, transfer.balanceAfter),
      entry(transfer, transfer.kind === 'CHARGE' ? 'CASH' : 'SALES', -transfer.amount, null),
    ]),
  ]);
}
