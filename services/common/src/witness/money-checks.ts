import { type Check, rowsOf } from './check.ts';
import { pricesComeBack } from './refund-checks.ts';

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
      GROUP BY p.id, p.status, p.user_id, p.amount HAVING entries <> (p.amount > 0 AND p.status IN ('COMPLETED', 'REFUNDED'))`,
  ),
  rowsOf(
    'payment',
    `SELECT f.id AS refund, f.status, f.amount, COUNT(l.id) AS entries FROM refunds f LEFT JOIN payments p ON p.id = f.payment_id
       LEFT JOIN ledger_entries l ON l.kind = 'REFUND' AND l.reference = f.id AND l.account = 'WALLET'
        AND l.amount = f.amount AND l.user_id = p.user_id
      GROUP BY f.id, f.status, f.amount HAVING entries <> (f.amount > 0 AND f.status = 'COMPLETED')`,
  ),
  rowsOf(
    'payment',
    `SELECT l.reference AS transfer, l.kind, 'is of nothing' AS subject FROM ledger_entries l
       LEFT JOIN payments p ON l.kind = 'PAYMENT' AND p.id = l.reference LEFT JOIN refunds f ON l.kind = 'REFUND' AND f.id = l.reference
      WHERE l.account = 'WALLET' AND l.kind <> 'CHARGE' AND p.id IS NULL AND f.id IS NULL`,
  ),
];

/** A refund that names no tickets is of all of its payment. */
const refunds: Check[] = [
  // A payment is given back when all of its tickets are, and nothing else is.
  rowsOf(
    'payment',
    `SELECT p.id AS payment, p.status, p.amount, COALESCE(f.amount, 0) AS refunded, COALESCE(f.tickets, 0) AS tickets, JSON_LENGTH(p.tickets) AS bought
       FROM payments p
       LEFT JOIN (SELECT r.payment_id, SUM(r.amount) AS amount, SUM(COALESCE(t.tickets, 0)) AS tickets, MAX(t.refund_id IS NULL) AS is_whole FROM refunds r
                    LEFT JOIN (SELECT refund_id, COUNT(*) AS tickets FROM refund_tickets GROUP BY refund_id) t ON t.refund_id = r.id
                   WHERE r.status = 'COMPLETED' GROUP BY r.payment_id) f ON f.payment_id = p.id
      WHERE (p.status = 'REFUNDED') <> (COALESCE(f.is_whole, 0) = 1 OR COALESCE(f.tickets, 0) = COALESCE(JSON_LENGTH(p.tickets), -1))
         OR (p.status = 'REFUNDED' AND f.amount <> p.amount)`,
  ),
  rowsOf(
    'payment',
    `SELECT f.payment_id AS payment, p.amount AS paid, SUM(f.amount) AS live_refunds, COUNT(*) AS refunds, COALESCE(SUM(f.live_payment_id = f.payment_id), 0) AS with_key
       FROM refunds f JOIN payments p ON p.id = f.payment_id
      WHERE f.status <> 'FAILED' GROUP BY f.payment_id, p.amount HAVING live_refunds > p.amount OR with_key <> 1`,
  ),
  rowsOf(
    'payment',
    `SELECT f.id AS refund, f.status, f.amount, p.id AS payment, p.amount AS paid, COUNT(t.ticket_id) AS tickets FROM refunds f
       LEFT JOIN payments p ON p.id = f.payment_id LEFT JOIN refund_tickets t ON t.refund_id = f.id
      GROUP BY f.id, f.status, f.amount, f.live_payment_id, f.payment_id, p.id, p.amount
     HAVING p.id IS NULL OR (tickets = 0 AND f.amount <> p.amount) OR (f.status = 'FAILED' AND f.live_payment_id IS NOT NULL)
         OR f.live_payment_id <> f.payment_id`,
  ),
  rowsOf(
    'payment',
    `SELECT t.ticket_id AS ticket, COUNT(*) AS live_refunds, GROUP_CONCAT(LOWER(HEX(t.refund_id))) AS refunds FROM refund_tickets t
       JOIN refunds f ON f.id = t.refund_id WHERE f.status <> 'FAILED' GROUP BY t.ticket_id HAVING live_refunds > 1`,
  ),
  rowsOf(
    'payment',
    `SELECT t.refund_id AS refund, f.status, t.ticket_id AS ticket, t.live_ticket_id AS live FROM refund_tickets t
       LEFT JOIN refunds f ON f.id = t.refund_id
      WHERE f.id IS NULL OR (f.status = 'FAILED') <> (t.live_ticket_id IS NULL) OR t.live_ticket_id <> t.ticket_id`,
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

export const everyWon: Check[] = [...wallets, ...transfers, ...refunds, pricesComeBack, ...sums];
