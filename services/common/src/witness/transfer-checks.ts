import { type Check, rowsOf } from './check.ts';

/** A ticket that is not its payer's was passed on, by an accepted link, by the person who had it before; and each accepted link did that. */
export const passedOn: Check[] = [
  rowsOf(
    'reservation',
    `SELECT t.id AS ticket, t.user_id AS person, o.user_id AS person_before, o.live_seat_id AS still_good_for, x.id AS transfer FROM tickets t
       LEFT JOIN tickets o ON o.id = t.transferred_from
       LEFT JOIN ticket_transfers x ON x.new_ticket_id = t.id AND x.ticket_id = o.id AND x.from_user_id = o.user_id AND x.to_user_id = t.user_id
      WHERE t.transferred_from IS NOT NULL AND (x.id IS NULL OR x.accepted_at IS NULL OR o.live_seat_id IS NOT NULL
         OR o.reservation_id <> t.reservation_id OR o.seat_id <> t.seat_id)`,
  ),
  rowsOf(
    'reservation',
    `SELECT x.id AS transfer, x.accepted_at, x.new_ticket_id AS new_ticket, x.open_ticket_id AS open_for FROM ticket_transfers x
       LEFT JOIN tickets t ON t.id = x.new_ticket_id AND t.transferred_from = x.ticket_id
      WHERE (x.accepted_at IS NOT NULL AND (t.id IS NULL OR x.open_ticket_id IS NOT NULL OR x.revoked_at IS NOT NULL))
         OR (x.accepted_at IS NULL AND x.new_ticket_id IS NOT NULL) OR x.open_ticket_id <> x.ticket_id`,
  ),
];
