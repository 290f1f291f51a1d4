import { type Check, rowsOf } from './check.ts';

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
  rowsOf('reservation', 'SELECT id AS ticket, seat_id AS seat, live_seat_id AS good_for FROM tickets WHERE live_seat_id <> seat_id'),
  rowsOf(
    'reservation',
    `SELECT x.seat_id AS seat, r.performance_id AS performance, COUNT(*) AS owners FROM reservation_seats x
       JOIN reservations r ON r.id = x.reservation_id
       LEFT JOIN tickets t ON t.reservation_id = r.id AND t.live_seat_id = x.seat_id
      WHERE (r.status = 'CONFIRMED' AND t.id IS NOT NULL) OR ${live}
      GROUP BY r.performance_id, x.seat_id HAVING owners > 1`,
  ),
  rowsOf(
    'payment',
    `SELECT id AS payment, reservation_id AS reservation, status FROM payments
      WHERE (status = 'FAILED') <> (live_reservation_id IS NULL) OR live_reservation_id <> reservation_id`,
  ),
  rowsOf(
    'payment',
    `SELECT reservation_id AS reservation, COUNT(*) AS live_payments, GROUP_CONCAT(LOWER(HEX(id))) AS payments FROM payments
      WHERE status <> 'FAILED' GROUP BY reservation_id HAVING live_payments > 1`,
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
    `SELECT s.id AS seat, s.status, r.id AS reservation FROM seats s JOIN reservations r ON r.id = s.reservation_id
       LEFT JOIN reservation_seats x ON x.reservation_id = r.id AND x.seat_id = s.id
      WHERE x.seat_id IS NULL OR r.performance_id <> s.performance_id`,
  ),
  rowsOf(
    'reservation',
    `SELECT r.id AS let_go, r.status, s.id AS seat FROM reservations r JOIN seats s ON s.reservation_id = r.id
      WHERE r.status IN ('CANCELLED', 'EXPIRED', 'REFUNDED')`,
  ),
];

export const personLimit: Check[] = [
  rowsOf(
    'reservation',
    `SELECT r.user_id AS person, r.performance_id AS performance, SUM(r.seat_count - r.returned_seats) AS seats, p.max_seats_per_person
       FROM reservations r
       JOIN performances p ON p.id = r.performance_id WHERE r.status = 'CONFIRMED' OR ${live}
      GROUP BY r.user_id, r.performance_id, p.max_seats_per_person HAVING seats > p.max_seats_per_person`,
  ),
];
