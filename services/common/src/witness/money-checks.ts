import { type Check, rowsOf } from './check.ts';

const wallets: Check[] = [
  rowsOf(
    'payment',
    `SELECT w.user_id AS person, w.balance, w.reserved, COALESCE(SUM(l.amount), 0) AS ledger FROM wallets w
       LEFT JOIN ledger_entries l ON l.user_id = w.user_id AND l.account = 'WALLET'
      GROUP BY w.user_id, w.balance, w.reserved HAVING ledger <> w.balance OR w.reserved < 0 OR w.balance < w.reserved`,
  ),
  rowsOf(
    'payment',
    `SELECT w.user_id AS person, w.reserved, COALESCE(p.amount, 0) AS pending FROM wallets w
       LEFT JOIN (SELECT user_id, SUM(amount) AS amount FROM payments WHERE status = 'PENDING' GROUP BY user_id) p ON p.user_id = w.user_id
      WHERE COALESCE(p.amount, 0) <> w.reserved`,
  ),
  // Entries of one wallet follow each other: each begins with the balance that another one left, the first with nothing, and the last leaves
  // what there is. That holds for the balances whatever the order in which instances with different clocks have numbered the entries.
  rowsOf(
    'payment',
    `SELECT user_id AS person, balance AS chain_breaks_at, SUM(comes) AS more_come_than_go, MAX(entry) AS entry FROM (
       SELECT user_id, balance_after AS balance, 1 AS comes, id AS entry FROM ledger_entries WHERE account = 'WALLET'
       UNION ALL SELECT user_id, balance_after - amount, -1, id FROM ledger_entries WHERE account = 'WALLET'
       UNION ALL SELECT user_id, 0, 1, NULL FROM wallets
       UNION ALL SELECT user_id, balance, -1, NULL FROM wallets) moves
      GROUP BY user_id, balance HAVING more_come_than_go <> 0`,
  ),
  rowsOf(
    'payment',
    `SELECT id AS entry, kind, account, amount, balance_after FROM ledger_entries
      WHERE (account = 'WALLET') <> (balance_after IS NOT NULL) OR balance_after < 0
         OR (account = 'WALLET' AND (amount > 0) <> (kind <> 'PAYMENT'))`,
  ),
];

const transfers: Check[] = [
  rowsOf(
    'payment',
    `SELECT reference AS transfer, kind, SUM(amount) AS difference, COUNT(*) AS entries, COUNT(DISTINCT user_id) AS people,
            GROUP_CONCAT(account ORDER BY account) AS accounts FROM ledger_entries
      GROUP BY kind, reference
     HAVING difference <> 0 OR entries <> 2 OR people <> 1 OR accounts <> IF(kind = 'CHARGE', 'CASH,WALLET', 'SALES,WALLET')`,
  ),
  rowsOf(
    'payment',
    `SELECT p.id AS payment, p.status, p.user_id AS payer, p.amount, COUNT(l.id) AS entries FROM payments p
       LEFT JOIN ledger_entries l ON l.kind = 'PAYMENT' AND l.reference = p.id AND l.account = 'WALLET'
        AND l.amount = -CAST(p.amount AS SIGNED) AND l.user_id = p.user_id
      GROUP BY p.id, p.status, p.user_id, p.amount HAVING entries <> (p.status IN ('COMPLETED', 'REFUNDED'))`,
  ),
  rowsOf(
    'payment',
    `SELECT f.id AS refund, f.status, f.amount, COUNT(l.id) AS entries FROM refunds f LEFT JOIN payments p ON p.id = f.payment_id
       LEFT JOIN ledger_entries l ON l.kind = 'REFUND' AND l.reference = f.id AND l.account = 'WALLET'
        AND l.amount = f.amount AND l.user_id = p.user_id
      GROUP BY f.id, f.status, f.amount HAVING entries <> (f.status = 'COMPLETED')`,
  ),
  rowsOf(
    'payment',
    `SELECT l.reference AS transfer, l.kind, 'is of nothing' AS subject FROM ledger_entries l
       LEFT JOIN payments p ON l.kind = 'PAYMENT' AND p.id = l.reference LEFT JOIN refunds f ON l.kind = 'REFUND' AND f.id = l.reference
      WHERE l.account = 'WALLET' AND l.kind <> 'CHARGE' AND p.id IS NULL AND f.id IS NULL`,
  ),
];

const refunds: Check[] = [
  rowsOf(
    'payment',
    `SELECT p.id AS payment, p.status, p.amount, COALESCE(f.times, 0) AS refunds, f.amount AS refunded FROM payments p
       LEFT JOIN (SELECT payment_id, COUNT(*) AS times, SUM(amount) AS amount FROM refunds WHERE status = 'COMPLETED' GROUP BY payment_id) f
         ON f.payment_id = p.id
      WHERE COALESCE(f.times, 0) <> (p.status = 'REFUNDED') OR f.amount > p.amount`,
  ),
  rowsOf(
    'payment',
    `SELECT payment_id AS payment, COUNT(*) AS live_refunds, GROUP_CONCAT(LOWER(HEX(id))) AS refunds FROM refunds
      WHERE status <> 'FAILED' GROUP BY payment_id HAVING live_refunds > 1`,
  ),
  rowsOf(
    'payment',
    `SELECT f.id AS refund, f.status, f.amount, p.id AS payment, p.amount AS paid FROM refunds f LEFT JOIN payments p ON p.id = f.payment_id
      WHERE p.id IS NULL OR f.amount <> p.amount OR (f.status = 'FAILED') <> (f.live_payment_id IS NULL) OR f.live_payment_id <> f.payment_id`,
  ),
];

const sums: Check[] = [
  // The world outside has only given, sales have only taken.
  rowsOf(
    'payment',
    `SELECT account, SUM(amount) AS total FROM ledger_entries GROUP BY account HAVING IF(account = 'CASH', total > 0, total < 0)`,
  ),
  rowsOf(
    'payment',
    `SELECT * FROM (
       SELECT 'all' AS wallets,
              (SELECT COALESCE(SUM(amount), 0) FROM ledger_entries WHERE account = 'WALLET' AND kind = 'CHARGE') AS charged,
              (SELECT COALESCE(SUM(amount), 0) FROM payments WHERE status IN ('COMPLETED', 'REFUNDED')) AS spent,
              (SELECT COALESCE(SUM(amount), 0) FROM refunds WHERE status = 'COMPLETED') AS refunded,
              (SELECT COALESCE(SUM(balance), 0) FROM wallets) AS balances) sums
      WHERE charged - spent + refunded <> balances`,
  ),
];

export const everyWon: Check[] = [...wallets, ...transfers, ...refunds, ...sums];
