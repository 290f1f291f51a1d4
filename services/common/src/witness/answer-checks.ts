import { type Check, type Evidence, type Owner, type Row, recently, rowsOf } from './check.ts';

/** An effect of a request with an Idempotency-Key. */
interface Keyed {
  owner: Owner;
  /** As the answer names it. */
  subject: 'charge' | 'payment' | 'refund' | 'reservation';
  /** Selects `id`, `amount`, the `balance` that an answer tells or NULL, and whether it is `young` enough for its answer to be kept. */
  effects: string;
  /** Ids of those that may have been asked for without a key. */
  keyless?: (evidence: Evidence) => Promise<Set<Row[string]>>;
}

/**
 * What was done under a key is named by one kept answer: a second effect of the same key would have none. And each answer names something that
 * was done, whose amount it tells.
 */
function oneAnswer({ owner, subject, effects, keyless }: Keyed): Check {
  return async (evidence) => {
    const books = evidence.databases[owner];
    const named = new Map<Row[string], Row[]>();
    const answers = await books.rows(
      `SELECT REPLACE(JSON_UNQUOTE(JSON_EXTRACT(answer, '$.${subject}.id')), '-', '') AS id,
              JSON_UNQUOTE(JSON_EXTRACT(answer, '$.${subject}.amount')) AS amount, JSON_UNQUOTE(JSON_EXTRACT(answer, '$.${subject}.balance')) AS balance
         FROM idempotency_keys WHERE JSON_EXTRACT(answer, '$.${subject}.id') IS NOT NULL`,
    );
    for (const answer of answers) named.set(answer.id ?? null, [...(named.get(answer.id ?? null) ?? []), answer]);
    const free = (await keyless?.(evidence)) ?? new Set();
    const rows: Row[] = [];
    for (const { id = null, amount = null, balance = null, young } of await books.rows(effects)) {
      const told = named.get(id) ?? [];
      named.delete(id);
      const isMissing = told.length === 0 && young === 1 && !free.has(id);
      if (isMissing || told.length > 1) rows.push({ [subject]: id, answers: told.length });
      for (const answer of told) {
        const differs = Number(answer.amount) !== amount || (balance !== null && Number(answer.balance) !== balance);
        if (differs) rows.push({ [subject]: id, amount, told: answer.amount ?? null, balance, balance_told: answer.balance ?? null });
      }
    }
    return [...rows, ...[...named.keys()].map((id) => ({ [subject]: id, answered: 'but not done' }))];
  };
}

/** What an operator cancels is asked for without a key; the audit has it. Nobody asks for what is refunded with a cancelled performance. */
async function cancelled({ databases }: Evidence): Promise<Set<Row[string]>> {
  const byOperator = (await databases.payment.rows(cancellations)).map(({ refund }) => refund ?? null);
  const orders = await databases.payment.rows('SELECT refund_id FROM cancelled_orders WHERE refund_id IS NOT NULL');
  return new Set([...byOperator, ...orders.map(({ refund_id: refund }) => refund ?? null)]);
}

// Entries of an earlier version name the refund beside what was before and after.
const cancellations = `SELECT REPLACE(JSON_UNQUOTE(COALESCE(JSON_EXTRACT(detail, '$.after.refundId'), JSON_EXTRACT(detail, '$.refundId'))), '-', '') AS refund
  FROM audit_entries WHERE action = 'payment.cancel'`;

export const oneEffect: Check[] = [
  oneAnswer({
    owner: 'payment',
    subject: 'charge',
    effects: `SELECT reference AS id, amount, balance_after AS balance, booked_at > ${recently} AS young FROM ledger_entries
               WHERE kind = 'CHARGE' AND account = 'WALLET'`,
  }),
  oneAnswer({
    owner: 'payment',
    subject: 'payment',
    effects: `SELECT id, amount, NULL AS balance, created_at > ${recently} AS young FROM payments`,
  }),
  oneAnswer({
    owner: 'payment',
    subject: 'refund',
    effects: `SELECT id, amount, NULL AS balance, created_at > ${recently} AS young FROM refunds`,
    keyless: cancelled,
  }),
  oneAnswer({
    owner: 'reservation',
    subject: 'reservation',
    effects: `SELECT id, amount, NULL AS balance, created_at > ${recently} AS young FROM reservations`,
  }),
  rowsOf(
    'payment',
    `SELECT a.refund, COUNT(f.id) AS refunds FROM (${cancellations}) a LEFT JOIN refunds f ON f.id = UNHEX(a.refund)
      GROUP BY a.refund HAVING COUNT(*) <> 1 OR refunds <> 1`,
  ),
  rowsOf(
    'payment',
    `SELECT o.performance_id, o.payment_id, o.refund_id FROM cancelled_orders o LEFT JOIN refunds f ON f.id = o.refund_id AND f.payment_id = o.payment_id
      WHERE o.refund_id IS NOT NULL AND f.id IS NULL`,
  ),
];
