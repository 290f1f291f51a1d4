import { type Check, type Evidence, type Row, recently, rowsOf } from './check.ts';
import type { Books } from './witness-databases.ts';

// The most that hold.minutes takes.
const longestHoldMinutes = 60;

// When a seat changed last is when it was sold or taken; the statement that did it looked at the same clock as the one that held it.
export const holdsEnd: Check[] = [
  rowsOf(
    'reservation',
    `SELECT r.id AS reservation, r.expires_at, s.id AS seat, s.changed_at AS sold_at FROM reservations r
       JOIN seats s ON s.reservation_id = r.id AND s.status = 'SOLD' WHERE s.changed_at >= r.expires_at`,
  ),
  rowsOf(
    'reservation',
    `SELECT id AS reservation, created_at, expires_at FROM reservations
      WHERE expires_at > created_at + INTERVAL ${longestHoldMinutes} MINUTE`,
  ),
  takenTooEarly,
];

/**
 * Who had each seat one after the other: nobody before the one before was over. When it was taken the seat knows while it is held, and the
 * reservation a moment later. A hold is over at its expiry, or when it was let go before;
 * a sale when it was given back, of which the event tells as long as it is kept.
 */
async function takenTooEarly({ databases }: Evidence): Promise<Row[]> {
  const taken = await databases.reservation.rows(
    `SELECT o.reservation, o.seat, COALESCE(s.changed_at, o.created_at) AS taken_at, o.before_it, o.expires_at,
            CASE WHEN o.status = 'CONFIRMED' AND t.id IS NULL THEN 'RETURNED' ELSE o.status END AS status FROM (
       SELECT LEAD(r.id) OVER w AS reservation, x.seat_id AS seat, LEAD(r.created_at) OVER w AS created_at,
              r.id AS before_it, r.status, r.expires_at, r.performance_id
         FROM reservation_seats x JOIN reservations r ON r.id = x.reservation_id
       WINDOW w AS (PARTITION BY r.performance_id, x.seat_id ORDER BY r.created_at, r.id)) o
       LEFT JOIN seats s ON s.performance_id = o.performance_id AND s.id = o.seat AND s.reservation_id = o.reservation AND s.status = 'HELD'
       LEFT JOIN tickets t ON t.reservation_id = o.before_it AND t.live_seat_id = o.seat
      WHERE o.reservation IS NOT NULL
        AND (o.status IN ('CONFIRMED', 'REFUNDED') OR COALESCE(s.changed_at, o.created_at) < o.expires_at)`,
  );
  if (taken.length === 0) return [];
  const endOf = await readEnds(databases.reservation);
  return taken.filter(({ status, before_it: before, seat, taken_at: at }) => {
    if (status !== 'CANCELLED' && status !== 'REFUNDED' && status !== 'RETURNED') return true;
    const end = endOf(String(before), String(seat));
    return end !== undefined && String(at) < end;
  });
}

/** When a reservation let go of a seat, or gave it back, as the event tells. */
async function readEnds(reservations: Books): Promise<(reservation: string, seat: string) => string | undefined> {
  const rows = await reservations.rows(
    `SELECT REPLACE(aggregate_id, '-', '') AS reservation, created_at, REPLACE(CAST(JSON_EXTRACT(data, '$.seatIds') AS CHAR), '-', '') AS seats
       FROM outbox_events WHERE type IN ('reservation.cancelled', 'reservation.refunded', 'reservation.partly-refunded')`,
  );
  const ends = new Map<string, { at: string; seats: string | undefined }[]>();
  for (const { reservation, created_at: at, seats } of rows) {
    const end = { at: String(at), seats: typeof seats === 'string' ? seats : undefined };
    ends.set(String(reservation), [...(ends.get(String(reservation)) ?? []), end]);
  }
  return (reservation, seat) => ends.get(reservation)?.find(({ seats }) => seats?.includes(seat) ?? true)?.at;
}

const ends = ['reservation.confirmed', 'reservation.expired', 'reservation.cancelled'];

export const oneOutcome: Check[] = [
  rowsOf(
    'reservation',
    `SELECT aggregate_id AS reservation, GROUP_CONCAT(type ORDER BY seq) AS ended_as FROM outbox_events
      WHERE type IN ('${ends.join("', '")}') GROUP BY aggregate_id HAVING COUNT(*) > 1`,
  ),
  rowsOf(
    'reservation',
    "SELECT id AS reservation, expires_at, 'has not ended' AS outcome FROM reservations WHERE status = 'HELD' AND expires_at <= UTC_TIMESTAMP(3)",
  ),
  endedAsTold,
  rowsOf(
    'payment',
    `SELECT id AS payment, status, failure FROM payments
      WHERE (status = 'FAILED') <> (failure IS NOT NULL) OR (status IN ('COMPLETED', 'REFUNDED')) <> (tickets IS NOT NULL)`,
  ),
  async ({ databases }) => {
    const failed = await databases.payment.rows("SELECT id AS payment FROM payments WHERE status = 'FAILED'");
    const sold = await databases.reservation.rows('SELECT payment_id AS payment FROM reservations WHERE payment_id IS NOT NULL');
    const winners = new Set(sold.map(({ payment }) => payment));
    return failed.filter(({ payment }) => winners.has(payment ?? null)).map((row) => ({ ...row, failed: 'but has the seats' }));
  },
];

/** What is over has an end, and it is the one that was told. */
async function endedAsTold({ databases }: Evidence): Promise<Row[]> {
  const over = await databases.reservation.rows(
    `SELECT id AS reservation, status, CASE WHEN status = 'REFUNDED' THEN 'reservation.confirmed' ELSE CONCAT('reservation.', LOWER(status)) END AS ended_as
       FROM reservations WHERE status <> 'HELD' AND created_at > ${recently}`,
  );
  const told = await databases.reservation.rows(
    `SELECT REPLACE(aggregate_id, '-', '') AS reservation, type FROM outbox_events WHERE type IN ('${ends.join("', '")}')`,
  );
  const ofReservation = new Map(told.map(({ reservation, type }) => [reservation, type]));
  return over.filter(({ reservation = null, ended_as: end }) => ofReservation.get(reservation) !== end);
}
