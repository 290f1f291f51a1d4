import { listSeats, seatPlan } from '@ticketing/contracts/seat-plan';
import { type Check, type Evidence, type Row, rowsOf, unmatched } from './check.ts';
import { findDiscarded } from './letters.ts';

export const capacity: Check[] = [
  rowsOf(
    'reservation',
    `SELECT p.id AS performance, p.total_seats, SUM(s.status = 'SOLD') AS sold, SUM(s.status = 'HELD') AS held, SUM(s.status = 'AVAILABLE') AS free,
            SUM(s.status = 'BLOCKED') AS blocked
       FROM performances p LEFT JOIN seats s ON s.performance_id = p.id
      GROUP BY p.id, p.total_seats HAVING COALESCE(sold + held + free + blocked, 0) <> p.total_seats`,
  ),
  rowsOf(
    'reservation',
    'SELECT s.performance_id AS unknown_performance, COUNT(*) AS seats FROM seats s LEFT JOIN performances p ON p.id = s.performance_id WHERE p.id IS NULL GROUP BY s.performance_id',
  ),
  rowsOf(
    'reservation',
    'SELECT r.id AS reservation, r.performance_id AS unknown_performance FROM reservations r LEFT JOIN performances p ON p.id = r.performance_id WHERE p.id IS NULL',
  ),
  // Expired or not: a hold without an end or without a holder never frees its seat.
  rowsOf(
    'reservation',
    `SELECT s.id AS held_seat, s.hold_expires_at, s.reservation_id AS not_held_by, r.status FROM seats s
       LEFT JOIN reservations r ON r.id = s.reservation_id
      WHERE s.status = 'HELD'
        AND (s.hold_expires_at IS NULL OR r.id IS NULL OR r.status <> 'HELD' OR r.expires_at <> s.hold_expires_at)`,
  ),
  rowsOf(
    'reservation',
    `SELECT s.id AS seat, s.status, s.reservation_id AS owner, s.hold_expires_at FROM seats s
      WHERE (s.status = 'AVAILABLE') <> (s.reservation_id IS NULL) OR (s.status <> 'HELD' AND s.hold_expires_at IS NOT NULL)`,
  ),
  // A blocked seat is one of a block that is not released, and each such block has all of its seats.
  rowsOf(
    'reservation',
    `SELECT s.id AS blocked_seat, s.reservation_id AS block, b.released_at FROM seats s
       LEFT JOIN seat_blocks b ON b.id = s.reservation_id AND b.performance_id = s.performance_id AND b.released_at IS NULL
      WHERE s.status = 'BLOCKED' AND b.id IS NULL`,
  ),
  rowsOf(
    'reservation',
    `SELECT b.id AS block, b.seat_count, COUNT(s.id) AS blocked FROM seat_blocks b
       LEFT JOIN seats s ON s.reservation_id = b.id AND s.performance_id = b.performance_id AND s.status = 'BLOCKED'
      WHERE b.released_at IS NULL GROUP BY b.id, b.seat_count HAVING blocked <> b.seat_count`,
  ),
  asScheduled,
];

/** The sections of seat plans as `asScheduled` has those of rectangles: the seats of each price. */
async function planned({ databases }: Evidence): Promise<Row[]> {
  const plans = await databases.concert.rows('SELECT performance_id AS performance, plan FROM performance_plans');
  return plans.flatMap(({ performance = null, plan }) => {
    const sections = new Map<string, { section: string; price: number; labels: Set<string>; seats: number }>();
    for (const { section, row, price } of listSeats(seatPlan.parse(JSON.parse(String(plan))))) {
      const key = `${price} ${section}`;
      const found = sections.get(key) ?? { section, price, labels: new Set<string>(), seats: 0 };
      found.labels.add(row);
      found.seats += 1;
      sections.set(key, found);
    }
    return [...sections.values()].map(({ section, price, labels, seats }) => ({
      ...{ performance, section: Buffer.from(section).toString('hex').toUpperCase(), row_count: labels.size, seats, price },
    }));
  });
}

/** Each section has the rows, the seats and the price that the performance was put on the calendar with. */
async function asScheduled(evidence: Evidence): Promise<Row[]> {
  const { databases } = evidence;
  // Whatever the collation of a column takes for the same: here it is not.
  const scheduled = await databases.concert.rows(
    `SELECT performance_id AS performance, HEX(name) AS section, row_count, row_count * seats_per_row AS seats, price FROM performance_sections`,
  );
  const built = await databases.reservation.rows(
    `SELECT performance_id AS performance, HEX(section) AS section, COUNT(DISTINCT HEX(row_label)) AS row_count, COUNT(*) AS seats, price
       FROM seats GROUP BY performance_id, HEX(section), price`,
  );
  const unbuilt = (await findDiscarded(evidence)).performances;
  return unmatched(
    {
      name: 'section as scheduled',
      rows: [...scheduled, ...(await planned(evidence))].filter(({ performance }) => !unbuilt.has(String(performance))),
    },
    { name: 'section as built', rows: built },
  ).map(({ section, ...row }) => ({ ...row, section: Buffer.from(String(section), 'hex').toString() }));
}
