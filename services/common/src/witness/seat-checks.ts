import { type Check, type Row, rowsOf, unmatched } from './check.ts';

const live = `(r.status = 'HELD' AND r.expires_at > UTC_TIMESTAMP(3))`;

export const oneOwner: Check[] = [
  rowsOf(
    'reservation',
    `SELECT s.id AS seat, s.reservation_id AS sold_to, COUNT(t.id) AS good_tickets FROM seats s
       LEFT JOIN tickets t ON t.live_seat_id = s.id AND t.reservation_id = s.reservation_id
      WHERE s.status = 'SOLD' GROUP BY s.performance_id, s.id, s.reservation_id HAVING good_tickets <> 1`,
  ),
  rowsOf(
    'reservation',
    `SELECT t.id AS good_ticket, t.live_seat_id AS seat_not_sold_to_it FROM tickets t JOIN reservations r ON r.id = t.reservation_id
       LEFT JOIN seats s ON s.performance_id = r.performance_id AND s.id = t.live_seat_id AND s.status = 'SOLD' AND s.reservation_id = r.id
      WHERE t.live_seat_id IS NOT NULL AND s.id IS NULL`,
  ),
  rowsOf(
    'reservation',
    `SELECT r.performance_id AS performance, x.seat_id AS seat, COUNT(*) AS owners FROM reservation_seats x
       JOIN reservations r ON r.id = x.reservation_id WHERE r.status = 'CONFIRMED' OR ${live}
      GROUP BY r.performance_id, x.seat_id HAVING owners > 1`,
  ),
  rowsOf(
    'reservation',
    `SELECT s.id AS held_seat, s.reservation_id AS not_held_by FROM seats s LEFT JOIN reservations r ON r.id = s.reservation_id
      WHERE s.status = 'HELD' AND s.hold_expires_at > UTC_TIMESTAMP(3) AND (r.id IS NULL OR r.status <> 'HELD' OR r.expires_at <> s.hold_expires_at)`,
  ),
  rowsOf(
    'payment',
    `SELECT id AS payment, reservation_id AS reservation, status FROM payments
      WHERE status IN ('PENDING', 'COMPLETED') AND (live_reservation_id IS NULL OR live_reservation_id <> reservation_id)`,
  ),
];

export const paidStays: Check[] = [
  rowsOf(
    'reservation',
    `SELECT r.id AS reservation, r.seat_count, COUNT(s.id) AS owned FROM reservations r
       LEFT JOIN seats s ON s.reservation_id = r.id AND s.status = 'SOLD'
      WHERE r.status = 'CONFIRMED' GROUP BY r.id, r.seat_count HAVING owned <> r.seat_count`,
  ),
  rowsOf(
    'reservation',
    "SELECT id AS reservation, status, payment_id AS paid_by FROM reservations WHERE payment_id IS NOT NULL AND status NOT IN ('CONFIRMED', 'REFUNDED')",
  ),
  soldAndPaid,
];

/** Confirmations and payments match one to one. */
async function soldAndPaid({ databases }: Parameters<Check>[0]): Promise<Row[]> {
  const sold = await databases.reservation.rows(
    "SELECT payment_id AS payment, id AS reservation, amount, status FROM reservations WHERE status IN ('CONFIRMED', 'REFUNDED')",
  );
  const paid = await databases.payment.rows(
    `SELECT id AS payment, reservation_id AS reservation, amount, CASE status WHEN 'COMPLETED' THEN 'CONFIRMED' ELSE status END AS status
       FROM payments WHERE status IN ('COMPLETED', 'REFUNDED')`,
  );
  return unmatched({ name: 'confirmation', rows: sold }, { name: 'payment', rows: paid });
}

export const capacity: Check[] = [
  rowsOf(
    'reservation',
    `SELECT p.id AS performance, p.total_seats, SUM(s.status = 'SOLD') AS sold, SUM(s.status = 'HELD') AS held, SUM(s.status = 'AVAILABLE') AS free
       FROM performances p LEFT JOIN seats s ON s.performance_id = p.id
      GROUP BY p.id, p.total_seats HAVING COALESCE(sold + held + free, 0) <> p.total_seats`,
  ),
  rowsOf(
    'reservation',
    'SELECT s.performance_id AS unknown_performance, COUNT(*) AS seats FROM seats s LEFT JOIN performances p ON p.id = s.performance_id WHERE p.id IS NULL GROUP BY s.performance_id',
  ),
];

export const allOrNothing: Check[] = [
  rowsOf(
    'reservation',
    `SELECT r.id AS reservation, r.seat_count, COUNT(s.id) AS held FROM reservations r
       LEFT JOIN seats s ON s.reservation_id = r.id AND s.status = 'HELD'
      WHERE ${live} GROUP BY r.id, r.seat_count HAVING held <> r.seat_count`,
  ),
  rowsOf(
    'reservation',
    `SELECT r.id AS reservation, r.seat_count, COUNT(x.seat_id) AS listed, r.amount, SUM(x.price) AS prices FROM reservations r
       LEFT JOIN reservation_seats x ON x.reservation_id = r.id
      GROUP BY r.id, r.seat_count, r.amount HAVING listed <> r.seat_count OR COALESCE(prices, 0) <> r.amount`,
  ),
  rowsOf(
    'reservation',
    `SELECT r.id AS let_go, r.status, s.id AS seat FROM reservations r JOIN seats s ON s.reservation_id = r.id
      WHERE r.status IN ('CANCELLED', 'EXPIRED', 'REFUNDED')`,
  ),
];

// When a seat changed last is when it was sold; the statement that sold it looked at the same clock as the one that held it.
export const deadAfterExpiry: Check[] = [
  rowsOf(
    'reservation',
    `SELECT r.id AS reservation, r.expires_at, s.id AS seat, s.changed_at AS sold_at FROM reservations r
       JOIN seats s ON s.reservation_id = r.id AND s.status = 'SOLD' WHERE s.changed_at >= r.expires_at`,
  ),
  rowsOf(
    'reservation',
    `SELECT * FROM (
       SELECT r.id AS reservation, r.status, r.expires_at, x.seat_id AS seat,
              LEAD(r.id) OVER w AS taken_by, LEAD(r.created_at) OVER w AS taken_at
         FROM reservation_seats x JOIN reservations r ON r.id = x.reservation_id
       WINDOW w AS (PARTITION BY r.performance_id, x.seat_id ORDER BY r.created_at, r.id)) owners
      WHERE taken_by IS NOT NULL AND (status = 'CONFIRMED' OR (status IN ('HELD', 'EXPIRED') AND taken_at < expires_at))`,
  ),
];

export const oneOutcome: Check[] = [
  rowsOf(
    'reservation',
    `SELECT aggregate_id AS reservation, GROUP_CONCAT(type ORDER BY seq) AS ended_as FROM outbox_events
      WHERE type IN ('reservation.confirmed', 'reservation.expired', 'reservation.cancelled')
      GROUP BY aggregate_id HAVING COUNT(*) > 1`,
  ),
  async ({ databases }) => {
    const failed = await databases.payment.rows("SELECT id AS payment FROM payments WHERE status = 'FAILED'");
    const sold = await databases.reservation.rows('SELECT payment_id AS payment FROM reservations WHERE payment_id IS NOT NULL');
    const winners = new Set(sold.map(({ payment }) => payment));
    return failed.filter(({ payment }) => winners.has(payment ?? null)).map((row) => ({ ...row, failed: 'but has the seats' }));
  },
];

export const personLimit: Check[] = [
  rowsOf(
    'reservation',
    `SELECT r.user_id AS person, r.performance_id AS performance, SUM(r.seat_count) AS seats, p.max_seats_per_person FROM reservations r
       JOIN performances p ON p.id = r.performance_id WHERE r.status = 'CONFIRMED' OR ${live}
      GROUP BY r.user_id, r.performance_id, p.max_seats_per_person HAVING seats > p.max_seats_per_person`,
  ),
];
