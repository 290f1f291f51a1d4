import { type Check, rowsOf } from './check.ts';

const stands = `c.outcome = 'CHECKED_IN' AND c.undone_at IS NULL`;

export const oneEntry: Check[] = [
  rowsOf(
    'reservation',
    `SELECT c.ticket_id AS ticket, COUNT(*) AS times_in FROM check_ins c WHERE ${stands} GROUP BY c.ticket_id HAVING times_in > 1`,
  ),
  rowsOf(
    'reservation',
    `SELECT c.id AS check_in, c.live_ticket_id AS stands_for, c.ticket_id AS ticket FROM check_ins c
      WHERE (${stands}) <> (c.live_ticket_id IS NOT NULL) OR c.live_ticket_id <> c.ticket_id`,
  ),
  rowsOf(
    'reservation',
    `SELECT c.id AS check_in, c.ticket_id AS unknown_ticket, c.performance_id AS performance FROM check_ins c
       LEFT JOIN tickets t ON t.id = c.ticket_id LEFT JOIN reservations r ON r.id = t.reservation_id AND r.performance_id = c.performance_id
      WHERE r.id IS NULL`,
  ),
  // A ticket changes once, when it becomes void; both times are of the database, behind the lock of the reservation.
  rowsOf(
    'reservation',
    `SELECT c.id AS check_in, c.recorded_at, t.id AS void_ticket, t.changed_at AS void_since FROM check_ins c JOIN tickets t ON t.id = c.ticket_id
      WHERE c.outcome = 'CHECKED_IN' AND t.live_seat_id IS NULL AND c.recorded_at > t.changed_at`,
  ),
  rowsOf(
    'reservation',
    `SELECT c.id AS scan, t.id AS refused_good_ticket FROM check_ins c JOIN tickets t ON t.id = c.ticket_id
       JOIN performances p ON p.id = c.performance_id
      WHERE c.outcome = 'VOID' AND t.live_seat_id IS NOT NULL AND p.status <> 'CANCELLED'`,
  ),
  rowsOf(
    'reservation',
    `SELECT c.id AS late_scan, c.ticket_id AS ticket, other.ticket_id AS came_after FROM check_ins c LEFT JOIN check_ins other ON other.id = c.lost_to
      WHERE (c.outcome = 'LATE') <> (c.lost_to IS NOT NULL)
         OR (c.outcome = 'LATE' AND NOT (other.ticket_id <=> c.ticket_id AND other.outcome = 'CHECKED_IN'))`,
  ),
];
