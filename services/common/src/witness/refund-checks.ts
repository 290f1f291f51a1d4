import { z } from 'zod';
import { type Evidence, type Row, unmatched } from './check.ts';

const ticketList = z.array(z.object({ id: z.string() }));

/** Of what was paid for, the tickets that were given back are void, and no others. */
export async function voidIsRefunded({ databases }: Evidence): Promise<Row[]> {
  const voided = await databases.reservation.rows(
    // By the ticket that the payment was given, which may have been passed on since.
    `SELECT r.payment_id AS payment, t.id AS ticket FROM tickets t JOIN reservations r ON r.id = t.reservation_id
       LEFT JOIN tickets g ON g.reservation_id = t.reservation_id AND g.seat_id = t.seat_id AND g.live_seat_id IS NOT NULL
      WHERE r.payment_id IS NOT NULL AND t.transferred_from IS NULL AND g.id IS NULL`,
  );
  const named = await databases.payment.rows(
    `SELECT f.payment_id AS payment, t.ticket_id AS ticket FROM refunds f JOIN refund_tickets t ON t.refund_id = f.id WHERE f.status = 'COMPLETED'`,
  );
  // Where none are named, all of the payment were given back.
  const whole = await databases.payment.rows(
    `SELECT p.id AS payment, CAST(p.tickets AS CHAR) AS tickets FROM refunds f JOIN payments p ON p.id = f.payment_id
       LEFT JOIN refund_tickets t ON t.refund_id = f.id WHERE f.status = 'COMPLETED' AND t.refund_id IS NULL`,
  );
  const all = whole.flatMap(({ payment = null, tickets }): Row[] => readTickets(tickets).map((ticket) => ({ payment, ticket })));
  return unmatched({ name: 'void ticket', rows: voided }, { name: 'refunded ticket', rows: [...named, ...all] });
}

function readTickets(tickets: Row[string] | undefined): string[] {
  if (typeof tickets !== 'string') return [];
  return ticketList.parse(JSON.parse(tickets)).map(({ id }) => id.replaceAll('-', ''));
}

/** For some tickets exactly their prices came back. */
export async function pricesComeBack({ databases }: Evidence): Promise<Row[]> {
  const rows = await databases.reservation.rows(
    `SELECT t.id AS ticket, x.price FROM tickets t
       JOIN reservation_seats x ON x.reservation_id = t.reservation_id AND x.seat_id = t.seat_id WHERE t.live_seat_id IS NULL`,
  );
  const prices = new Map(rows.map(({ ticket, price }) => [ticket, Number(price)]));
  const refunded = await databases.payment.rows(
    `SELECT f.id AS refund, f.amount, t.ticket_id AS ticket FROM refunds f JOIN refund_tickets t ON t.refund_id = f.id WHERE f.status = 'COMPLETED'`,
  );
  const sums = new Map<Row[string], { amount: number; prices: number }>();
  for (const { refund = null, amount, ticket = null } of refunded) {
    const before = sums.get(refund)?.prices ?? 0;
    sums.set(refund, { amount: Number(amount), prices: before + (prices.get(ticket) ?? 0) });
  }
  return [...sums].flatMap(([refund, sum]) => (sum.amount === sum.prices ? [] : [{ refund, ...sum }]));
}
