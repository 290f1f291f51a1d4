import { type Check, type Owner, recently, rowsOf, unmatched } from './check.ts';

export const everyWon: Check[] = [
  rowsOf(
    'payment',
    `SELECT w.user_id AS person, w.balance, w.reserved, COALESCE(SUM(l.amount), 0) AS ledger FROM wallets w
       LEFT JOIN ledger_entries l ON l.user_id = w.user_id AND l.account = 'WALLET'
      GROUP BY w.user_id, w.balance, w.reserved HAVING ledger <> w.balance OR w.reserved < 0 OR w.balance < w.reserved`,
  ),
  rowsOf(
    'payment',
    'SELECT kind, reference, SUM(amount) AS difference, COUNT(*) AS entries FROM ledger_entries GROUP BY kind, reference HAVING difference <> 0 OR entries <> 2',
  ),
  rowsOf(
    'payment',
    `SELECT w.user_id AS person, w.reserved, COALESCE(SUM(p.amount), 0) AS pending FROM wallets w
       LEFT JOIN payments p ON p.user_id = w.user_id AND p.status = 'PENDING' GROUP BY w.user_id, w.reserved HAVING pending <> w.reserved`,
  ),
  rowsOf(
    'payment',
    `SELECT p.id AS payment, p.status, COUNT(l.id) AS entries FROM payments p
       LEFT JOIN ledger_entries l ON l.kind = 'PAYMENT' AND l.reference = p.id AND l.account = 'WALLET' AND l.amount = -CAST(p.amount AS SIGNED)
      GROUP BY p.id, p.status HAVING entries <> (p.status IN ('COMPLETED', 'REFUNDED'))
     UNION ALL
     SELECT f.id, f.status, COUNT(l.id) AS entries FROM refunds f
       LEFT JOIN ledger_entries l ON l.kind = 'REFUND' AND l.reference = f.id AND l.account = 'WALLET' AND l.amount = f.amount
      GROUP BY f.id, f.status HAVING entries <> (f.status = 'COMPLETED')`,
  ),
  rowsOf(
    'payment',
    `SELECT * FROM (
       SELECT (SELECT COALESCE(SUM(amount), 0) FROM ledger_entries WHERE account = 'WALLET' AND kind = 'CHARGE') AS charged,
              (SELECT COALESCE(SUM(amount), 0) FROM payments WHERE status IN ('COMPLETED', 'REFUNDED')) AS spent,
              (SELECT COALESCE(SUM(amount), 0) FROM refunds WHERE status = 'COMPLETED') AS refunded,
              (SELECT COALESCE(SUM(balance), 0) FROM wallets) AS balances) sums
      WHERE charged - spent + refunded <> balances`,
  ),
];

/** What was done under an Idempotency-Key has one kept answer that names it: a second effect of the same key would have none. */
function oneAnswer(owner: Owner, subject: 'charge' | 'payment' | 'refund' | 'reservation', effects: string): Check {
  return async ({ databases }) => {
    const done = await databases[owner].rows(effects);
    const answered = await databases[owner].rows(
      `SELECT REPLACE(JSON_UNQUOTE(JSON_EXTRACT(answer, '$.${subject}.id')), '-', '') AS ${subject} FROM idempotency_keys
        WHERE created_at > ${recently} AND JSON_EXTRACT(answer, '$.${subject}.id') IS NOT NULL`,
    );
    const known = new Set(done.map((row) => row[subject]));
    // An answer whose effect is older than what is looked at says nothing.
    const named = answered.filter((row) => known.has(row[subject] ?? null));
    return unmatched({ name: 'effect', rows: done }, { name: 'answer', rows: named });
  };
}

export const oneEffect: Check[] = [
  oneAnswer(
    'payment',
    'charge',
    `SELECT LOWER(HEX(reference)) AS charge FROM ledger_entries WHERE kind = 'CHARGE' AND account = 'WALLET' AND booked_at > ${recently}`,
  ),
  oneAnswer('payment', 'payment', `SELECT LOWER(HEX(id)) AS payment FROM payments WHERE created_at > ${recently}`),
  // What an operator cancels is asked for without a key; the audit has it.
  oneAnswer(
    'payment',
    'refund',
    `SELECT LOWER(HEX(id)) AS refund FROM refunds WHERE created_at > ${recently} AND LOWER(HEX(payment_id)) NOT IN
       (SELECT REPLACE(subject, '-', '') FROM audit_entries WHERE action = 'payment.cancel')`,
  ),
  oneAnswer('reservation', 'reservation', `SELECT LOWER(HEX(id)) AS reservation FROM reservations WHERE created_at > ${recently}`),
];

export const sagasEnd: Check[] = [
  rowsOf('payment', "SELECT id AS saga, kind, status, attempts, last_error FROM sagas WHERE status NOT IN ('COMPLETED', 'COMPENSATED')"),
  rowsOf(
    'payment',
    `SELECT s.id AS saga, s.kind, s.status, COALESCE(p.status, f.status) AS subject FROM sagas s
       LEFT JOIN payments p ON s.kind = 'payment' AND p.id = s.subject_id LEFT JOIN refunds f ON s.kind = 'refund' AND f.id = s.subject_id
      WHERE s.status IN ('COMPLETED', 'COMPENSATED')
        AND COALESCE(p.status IN ('COMPLETED', 'REFUNDED'), f.status = 'COMPLETED', 2) <> (s.status = 'COMPLETED')`,
  ),
  rowsOf(
    'payment',
    `SELECT p.id AS without_saga FROM payments p LEFT JOIN sagas s ON s.kind = 'payment' AND s.subject_id = p.id WHERE s.id IS NULL
     UNION ALL SELECT f.id FROM refunds f LEFT JOIN sagas s ON s.kind = 'refund' AND s.subject_id = f.id WHERE s.id IS NULL`,
  ),
];
