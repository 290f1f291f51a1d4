import type { WitnessDatabase } from './witness-databases.ts';

export type WitnessedDatabases = Record<'user' | 'concert' | 'reservation' | 'payment', WitnessDatabase>;

/** What was looked at, and every row that should not be. */
export interface Finding {
  invariant: string;
  offending: Record<string, string | number | null>[];
}

interface Check {
  invariant: string;
  database: keyof WitnessedDatabases;
  /** Selects the rows that break the invariant. */
  sql: string;
}

const live = `(r.status = 'HELD' AND r.expires_at > UTC_TIMESTAMP(3))`;

const checks: Check[] = [
  {
    invariant: 'one live owner per seat: a sold seat has one good ticket, of the reservation that owns it',
    database: 'reservation',
    sql: `SELECT s.id AS seat, s.reservation_id, COUNT(t.id) AS tickets FROM seats s
            LEFT JOIN tickets t ON t.live_seat_id = s.id AND t.reservation_id = s.reservation_id
           WHERE s.status = 'SOLD' GROUP BY s.performance_id, s.id HAVING tickets <> 1`,
  },
  {
    invariant: 'a good ticket is for a seat that is sold',
    database: 'reservation',
    sql: `SELECT t.id AS ticket, t.live_seat_id AS seat FROM tickets t JOIN reservations r ON r.id = t.reservation_id
            LEFT JOIN seats s ON s.performance_id = r.performance_id AND s.id = t.live_seat_id AND s.status = 'SOLD' AND s.reservation_id = r.id
           WHERE t.live_seat_id IS NOT NULL AND s.id IS NULL`,
  },
  {
    invariant: 'paid never becomes expired or available: a confirmed reservation owns all its seats',
    database: 'reservation',
    sql: `SELECT r.id AS reservation, r.seat_count, COUNT(s.id) AS owned FROM reservations r
            LEFT JOIN seats s ON s.reservation_id = r.id AND s.status = 'SOLD'
           WHERE r.status = 'CONFIRMED' GROUP BY r.id, r.seat_count HAVING owned <> r.seat_count`,
  },
  {
    invariant: 'sold + held + free = capacity',
    database: 'reservation',
    sql: `SELECT p.id AS performance, p.total_seats, SUM(s.status IN ('SOLD', 'HELD', 'AVAILABLE')) AS counted FROM performances p
            LEFT JOIN seats s ON s.performance_id = p.id GROUP BY p.id, p.total_seats HAVING counted <> p.total_seats`,
  },
  {
    invariant: 'all or nothing: a live hold has all its seats',
    database: 'reservation',
    sql: `SELECT r.id AS reservation, r.seat_count, COUNT(s.id) AS held FROM reservations r
            LEFT JOIN seats s ON s.reservation_id = r.id AND s.status = 'HELD'
           WHERE ${live} GROUP BY r.id, r.seat_count HAVING held <> r.seat_count`,
  },
  {
    invariant: 'a person has no more seats than allowed',
    database: 'reservation',
    sql: `SELECT r.user_id AS person, r.performance_id AS performance, SUM(r.seat_count) AS seats, p.max_seats_per_person FROM reservations r
            JOIN performances p ON p.id = r.performance_id WHERE r.status = 'CONFIRMED' OR ${live}
           GROUP BY r.user_id, r.performance_id, p.max_seats_per_person HAVING seats > p.max_seats_per_person`,
  },
  {
    invariant: 'no wallet is negative, and each equals its ledger',
    database: 'payment',
    sql: `SELECT w.user_id AS person, w.balance, w.reserved, COALESCE(SUM(l.amount), 0) AS ledger FROM wallets w
            LEFT JOIN ledger_entries l ON l.user_id = w.user_id AND l.account = 'WALLET'
           GROUP BY w.user_id, w.balance, w.reserved HAVING ledger <> w.balance OR w.reserved < 0 OR w.balance < w.reserved`,
  },
  {
    invariant: 'the ledger adds up to zero in every transfer',
    database: 'payment',
    sql: 'SELECT kind, reference, SUM(amount) AS difference, COUNT(*) AS entries FROM ledger_entries GROUP BY kind, reference HAVING difference <> 0 OR entries <> 2',
  },
  {
    invariant: 'reserved points belong to payments that are pending',
    database: 'payment',
    sql: `SELECT w.user_id AS person, w.reserved, COALESCE(SUM(p.amount), 0) AS pending FROM wallets w
            LEFT JOIN payments p ON p.user_id = w.user_id AND p.status = 'PENDING' GROUP BY w.user_id, w.reserved HAVING pending <> w.reserved`,
  },
  {
    invariant: 'a payment is booked if and only if it completed, and so is a refund',
    database: 'payment',
    sql: `SELECT p.id AS payment, p.status, COUNT(l.id) AS entries FROM payments p
            LEFT JOIN ledger_entries l ON l.kind = 'PAYMENT' AND l.reference = p.id AND l.account = 'WALLET' AND l.amount = -CAST(p.amount AS SIGNED)
           GROUP BY p.id, p.status HAVING entries <> (p.status IN ('COMPLETED', 'REFUNDED'))
          UNION ALL
          SELECT f.id, f.status, COUNT(l.id) AS entries FROM refunds f
            LEFT JOIN ledger_entries l ON l.kind = 'REFUND' AND l.reference = f.id AND l.account = 'WALLET' AND l.amount = f.amount
           GROUP BY f.id, f.status HAVING entries <> (f.status = 'COMPLETED')`,
  },
  {
    invariant: 'every saga has ended',
    database: 'payment',
    sql: "SELECT id AS saga, kind, status, attempts, last_error FROM sagas WHERE status NOT IN ('COMPLETED', 'COMPENSATED')",
  },
];

/** Recounts the invariants from the databases. Run it when nothing is under way: open sagas and unpublished events are findings. */
export async function findOffences(databases: WitnessedDatabases): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { invariant, database, sql } of checks) findings.push({ invariant, offending: await databases[database].rows(sql) });
  for (const name of ['user', 'concert', 'reservation', 'payment'] as const) {
    const offending = await databases[name].rows(
      'SELECT id AS event, type, created_at FROM outbox_events WHERE published_at IS NULL LIMIT 20',
    );
    findings.push({ invariant: `what was committed is published (${name})`, offending });
  }
  findings.push({ invariant: 'sold = paid: confirmations and payments match one to one', offending: await unmatched(databases) });
  return findings;
}

async function unmatched({ reservation, payment }: WitnessedDatabases): Promise<Finding['offending']> {
  const confirmed = await reservation.rows(
    "SELECT payment_id AS payment, id AS reservation, amount, status FROM reservations WHERE status IN ('CONFIRMED', 'REFUNDED')",
  );
  const paid = await payment.rows(
    `SELECT id AS payment, reservation_id AS reservation, amount, CASE status WHEN 'COMPLETED' THEN 'CONFIRMED' ELSE status END AS status
       FROM payments WHERE status IN ('COMPLETED', 'REFUNDED')`,
  );
  const keyOf = (row: Record<string, string | number | null>): string => [row.payment, row.reservation, row.amount, row.status].join(' ');
  const [sold, won] = [new Set(confirmed.map(keyOf)), new Set(paid.map(keyOf))];
  return [
    ...confirmed.filter((row) => !won.has(keyOf(row))).map((row) => ({ ...row, missing: 'payment' })),
    ...paid.filter((row) => !sold.has(keyOf(row))).map((row) => ({ ...row, missing: 'confirmation' })),
  ];
}
