import { z } from 'zod';
import { type Check, type Evidence, type Row, rowsOf, unmatched } from './check.ts';
import { voidIsRefunded } from './refund-checks.ts';
import { passedOn } from './transfer-checks.ts';

const sold = `status IN ('CONFIRMED', 'REFUNDED')`;

export const paidStays: Check[] = [
  rowsOf(
    'reservation',
    `SELECT r.id AS reservation, r.seat_count, r.returned_seats, COUNT(s.id) AS owned FROM reservations r
       LEFT JOIN seats s ON s.reservation_id = r.id AND s.status = 'SOLD'
      WHERE r.status = 'CONFIRMED' GROUP BY r.id, r.seat_count, r.returned_seats HAVING owned = 0 OR owned + r.returned_seats <> r.seat_count`,
  ),
  rowsOf(
    'reservation',
    `SELECT id AS reservation, status, payment_id AS paid_by FROM reservations WHERE (payment_id IS NOT NULL) <> (${sold})`,
  ),
  rowsOf(
    'reservation',
    `SELECT r.id AS reservation, r.status, r.seat_count, r.returned_seats, COUNT(IF(t.transferred_from IS NULL, t.id, NULL)) AS tickets,
            COUNT(t.id) AS all_tickets, COUNT(t.live_seat_id) AS good, COUNT(x.seat_id) AS of_its_seats
       FROM reservations r LEFT JOIN tickets t ON t.reservation_id = r.id
       LEFT JOIN reservation_seats x ON x.reservation_id = r.id AND x.seat_id = t.seat_id
      GROUP BY r.id, r.status, r.seat_count, r.returned_seats
     HAVING tickets <> IF(r.status IN ('CONFIRMED', 'REFUNDED'), r.seat_count, 0) OR of_its_seats <> all_tickets
         OR good + r.returned_seats <> IF(r.status = 'CONFIRMED', r.seat_count, r.returned_seats)`,
  ),
  rowsOf(
    'reservation',
    `SELECT t.id AS ticket, t.user_id AS person, r.user_id AS holder FROM tickets t LEFT JOIN reservations r ON r.id = t.reservation_id
      WHERE r.id IS NULL OR (t.transferred_from IS NULL AND r.user_id <> t.user_id)`,
  ),
  ...passedOn,
  rowsOf(
    'reservation',
    `SELECT x.reservation_id AS reservation, x.seat_id AS seat, x.price, s.price AS price_of_seat FROM reservation_seats x
       JOIN reservations r ON r.id = x.reservation_id LEFT JOIN seats s ON s.performance_id = r.performance_id AND s.id = x.seat_id
      WHERE s.id IS NULL OR x.price <> s.price OR x.section <> s.section OR x.row_label <> s.row_label OR x.number <> s.number`,
  ),
  soldAndPaid,
  ticketsOfPayments,
  voidIsRefunded,
];

/** Confirmations and payments match one to one, and who pays is who held. */
async function soldAndPaid({ databases }: Evidence): Promise<Row[]> {
  const columns = 'user_id AS person, performance_id AS performance, concert_id AS concert, amount';
  const confirmed = await databases.reservation.rows(
    `SELECT payment_id AS payment, id AS reservation, ${columns}, status FROM reservations WHERE ${sold}`,
  );
  const paid = await databases.payment.rows(
    `SELECT id AS payment, reservation_id AS reservation, ${columns}, CASE status WHEN 'COMPLETED' THEN 'CONFIRMED' ELSE status END AS status
       FROM payments WHERE status IN ('COMPLETED', 'REFUNDED')`,
  );
  return unmatched({ name: 'confirmation', rows: confirmed }, { name: 'payment', rows: paid });
}

const ticketList = z.array(z.object({ id: z.string(), seatId: z.string() }));

/** What a payment says it has bought is what there is. */
async function ticketsOfPayments({ databases }: Evidence): Promise<Row[]> {
  const issued = await databases.reservation.rows(
    `SELECT r.payment_id AS payment, t.id AS ticket, t.seat_id AS seat FROM reservations r JOIN tickets t ON t.reservation_id = r.id
      WHERE r.payment_id IS NOT NULL AND t.transferred_from IS NULL`,
  );
  const paid = await databases.payment.rows("SELECT id AS payment, tickets FROM payments WHERE status IN ('COMPLETED', 'REFUNDED')");
  const named = paid.flatMap(({ payment = null, tickets }): Row[] =>
    readTickets(tickets).map(({ id, seatId }) => ({ payment, ticket: stored(id), seat: stored(seatId) })),
  );
  return unmatched({ name: 'ticket', rows: issued }, { name: 'ticket of the payment', rows: named });
}

function readTickets(tickets: Row[string] | undefined): z.infer<typeof ticketList> {
  return typeof tickets === 'string' ? ticketList.parse(JSON.parse(tickets)) : [];
}

function stored(id: string): string {
  return id.replaceAll('-', '');
}
