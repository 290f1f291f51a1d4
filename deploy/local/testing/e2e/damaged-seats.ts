import { type Damage, dashed, madeUp, type SaleBooks } from './broken-books.ts';

const other = madeUp('another one');
const before = madeUp('one before it');

/** Somebody who had the first of the held seats before, until a moment after it was taken. */
const predecessor = ({ held }: SaleBooks, status: string, payment = 'NULL'): string[] => [
  `INSERT INTO reservations (id, user_id, concert_id, performance_id, status, seat_count, amount, expires_at, payment_id, created_at)
   SELECT x'${before}', r.user_id, r.concert_id, r.performance_id, '${status}', 1, s.price, s.changed_at + INTERVAL 1000 MICROSECOND, ${payment},
          s.changed_at - INTERVAL 1000 MICROSECOND
     FROM reservations r JOIN seats s ON s.performance_id = r.performance_id AND s.id = x'${held.seat}' WHERE r.id = x'${held.reservation}'`,
  `INSERT INTO reservation_seats SELECT x'${before}', id, section, row_label, number, price FROM seats WHERE id = x'${held.seat}'`,
];
const inReservations = (statements: string[]): ['reservation', string][] => statements.map((sql) => ['reservation', sql]);

export const seatDamages: Damage[] = [
  {
    invariant: 1,
    what: 'a sold seat has no good ticket',
    statements: ({ sold }) => inReservations([`UPDATE tickets SET live_seat_id = NULL WHERE id = x'${sold.ticket}'`]),
    row: ({ sold }) => ({ seat: sold.seat, good_tickets: 0 }),
  },
  {
    invariant: 1,
    what: 'a good ticket is for a seat that somebody else has',
    statements: ({ sold, held }) => inReservations([`UPDATE seats SET reservation_id = x'${held.reservation}' WHERE id = x'${sold.seat}'`]),
    row: ({ sold }) => ({ good_ticket: sold.ticket }),
  },
  {
    invariant: 1,
    what: 'a ticket is good for another seat than its own',
    statements: ({ sold, free }) => inReservations([`UPDATE tickets SET live_seat_id = x'${free.seat}' WHERE id = x'${sold.ticket}'`]),
    row: ({ sold, free }) => ({ ticket: sold.ticket, good_for: free.seat }),
  },
  {
    invariant: 1,
    what: 'a seat belongs to two people',
    statements: ({ sold, held }) =>
      inReservations([`UPDATE reservation_seats SET seat_id = x'${sold.seat}' WHERE reservation_id = x'${held.reservation}' LIMIT 1`]),
    row: ({ sold }) => ({ seat: sold.seat, owners: 2 }),
  },
  {
    invariant: 1,
    what: 'a payment lets another one win its reservation',
    statements: ({ sold }) => [['payment', `UPDATE payments SET live_reservation_id = NULL WHERE id = x'${sold.payment}'`]],
    row: ({ sold }) => ({ payment: sold.payment, status: 'COMPLETED' }),
  },
  {
    invariant: 1,
    what: 'two payments of one reservation are live',
    statements: ({ sold }) => [
      [
        'payment',
        `INSERT INTO payments (id, user_id, reservation_id, live_reservation_id, performance_id, concert_id, amount, status)
         SELECT x'${other}', user_id, reservation_id, x'${other}', performance_id, concert_id, amount, 'PENDING'
           FROM payments WHERE id = x'${sold.payment}'`,
      ],
    ],
    row: ({ sold }) => ({ reservation: sold.reservation, live_payments: 2 }),
  },
  {
    invariant: 2,
    what: 'a seat that was paid for is free',
    statements: ({ sold }) => inReservations([`UPDATE seats SET status = 'AVAILABLE', reservation_id = NULL WHERE id = x'${sold.seat}'`]),
    row: ({ sold }) => ({ reservation: sold.reservation, owned: 0 }),
  },
  {
    invariant: 2,
    what: 'what is paid for has expired',
    statements: ({ sold }) => inReservations([`UPDATE reservations SET status = 'EXPIRED' WHERE id = x'${sold.reservation}'`]),
    row: ({ sold }) => ({ reservation: sold.reservation, paid_by: sold.payment, status: 'EXPIRED' }),
  },
  {
    invariant: 2,
    what: 'a ticket is gone',
    statements: ({ sold }) => inReservations([`DELETE FROM tickets WHERE id = x'${sold.ticket}'`]),
    row: ({ sold }) => ({ reservation: sold.reservation, tickets: 0 }),
  },
  {
    invariant: 2,
    what: 'the ticket of a refunded reservation is good',
    statements: ({ refunded, free }) =>
      inReservations([`UPDATE tickets SET live_seat_id = x'${free.seat}' WHERE reservation_id = x'${refunded.reservation}'`]),
    row: ({ refunded }) => ({ reservation: refunded.reservation, status: 'REFUNDED', good: 1 }),
  },
  {
    invariant: 2,
    what: 'a ticket is void that nobody gave back',
    statements: ({ sold }) => inReservations([`UPDATE tickets SET live_seat_id = NULL WHERE id = x'${sold.ticket}'`]),
    row: ({ sold }) => ({ ticket: sold.ticket, payment: sold.payment, missing: 'refunded ticket' }),
  },
  {
    invariant: 2,
    what: 'a ticket that was given back is good',
    statements: ({ parted }) => inReservations([`UPDATE tickets SET live_seat_id = seat_id WHERE id = x'${parted.ticket}'`]),
    row: ({ parted }) => ({ ticket: parted.ticket, payment: parted.payment, missing: 'void ticket' }),
  },
  {
    invariant: 2,
    what: "a ticket is in somebody else's name",
    statements: ({ sold, held }) => inReservations([`UPDATE tickets SET user_id = x'${held.person}' WHERE id = x'${sold.ticket}'`]),
    row: ({ sold, held }) => ({ ticket: sold.ticket, person: held.person, holder: sold.person }),
  },
  {
    invariant: 2,
    what: 'a seat was sold for another price than its own',
    statements: ({ sold }) =>
      inReservations([
        `UPDATE reservation_seats SET price = price - 1 WHERE reservation_id = x'${sold.reservation}'`,
        `UPDATE reservations SET amount = amount - 1 WHERE id = x'${sold.reservation}'`,
      ]),
    row: ({ sold }) => ({ reservation: sold.reservation, price: 89_999, price_of_seat: 90_000 }),
  },
  {
    invariant: 2,
    what: 'somebody else has paid',
    statements: ({ sold, held }) => [['payment', `UPDATE payments SET user_id = x'${held.person}' WHERE id = x'${sold.payment}'`]],
    row: ({ sold, held }) => ({ payment: sold.payment, person: held.person, missing: 'confirmation' }),
  },
  {
    invariant: 2,
    what: 'a payment names tickets that there are not',
    statements: ({ sold }) => [
      ['payment', `UPDATE payments SET tickets = JSON_REPLACE(tickets, '$[0].id', '${dashed(other)}') WHERE id = x'${sold.payment}'`],
    ],
    row: ({ sold }) => ({ payment: sold.payment, ticket: other, missing: 'ticket' }),
  },
  {
    invariant: 3,
    what: 'a seat is gone',
    statements: ({ free }) => inReservations([`DELETE FROM seats WHERE id = x'${free.seat}'`]),
    row: ({ performance }) => ({ performance, total_seats: 8 }),
  },
  {
    invariant: 3,
    what: 'a seat is gone, and nobody knows of it',
    statements: ({ free, performance }) =>
      inReservations([
        `DELETE FROM seats WHERE id = x'${free.seat}'`,
        `UPDATE performances SET total_seats = total_seats - 1 WHERE id = x'${performance}'`,
      ]),
    row: ({ performance }) => ({ performance, section: 'Balcony', seats: 8, missing: 'section as built' }),
  },
  {
    invariant: 3,
    what: 'a performance is gone and its seats are not',
    statements: ({ performance }) => inReservations([`DELETE FROM performances WHERE id = x'${performance}'`]),
    row: ({ performance }) => ({ unknown_performance: performance, seats: 8 }),
  },
  {
    invariant: 3,
    what: 'a performance is gone and its reservations are not',
    statements: ({ performance }) => inReservations([`DELETE FROM performances WHERE id = x'${performance}'`]),
    row: ({ performance, held }) => ({ reservation: held.reservation, unknown_performance: performance }),
  },
  {
    invariant: 3,
    what: 'a hold has no end: it never frees',
    statements: ({ held }) => inReservations([`UPDATE seats SET hold_expires_at = NULL WHERE id = x'${held.seat}'`]),
    row: ({ held }) => ({ held_seat: held.seat, hold_expires_at: null }),
  },
  {
    invariant: 3,
    what: 'a seat is held for somebody who has let go',
    statements: ({ held }) => inReservations([`UPDATE reservations SET status = 'CANCELLED' WHERE id = x'${held.reservation}'`]),
    row: ({ held }) => ({ held_seat: held.seat, status: 'CANCELLED' }),
  },
  {
    invariant: 3,
    what: 'a free seat has an owner',
    statements: ({ held }) => inReservations([`UPDATE seats SET status = 'AVAILABLE' WHERE id = x'${held.seat}'`]),
    row: ({ held }) => ({ seat: held.seat, status: 'AVAILABLE', owner: held.reservation }),
  },
  {
    invariant: 3,
    what: 'a seat is blocked by no block',
    statements: ({ free }) =>
      inReservations([`UPDATE seats SET status = 'BLOCKED', reservation_id = x'${other}' WHERE id = x'${free.seat}'`]),
    row: ({ free }) => ({ blocked_seat: free.seat, block: other }),
  },
  {
    invariant: 3,
    what: 'a block has lost its seat',
    statements: ({ performance }) =>
      inReservations([`INSERT INTO seat_blocks (id, performance_id, seat_count, reason) VALUES (x'${other}', x'${performance}', 1, '')`]),
    row: () => ({ block: other, seat_count: 1, blocked: 0 }),
  },
  {
    invariant: 4,
    what: 'one of two held seats is free',
    statements: ({ held }) =>
      inReservations([`UPDATE seats SET status = 'AVAILABLE', reservation_id = NULL, hold_expires_at = NULL WHERE id = x'${held.seat}'`]),
    row: ({ held }) => ({ reservation: held.reservation, held: 1 }),
  },
  {
    invariant: 4,
    what: 'one of two held seats is not in the reservation',
    statements: ({ held }) => inReservations([`DELETE FROM reservation_seats WHERE reservation_id = x'${held.reservation}' LIMIT 1`]),
    row: ({ held }) => ({ reservation: held.reservation, listed: 1 }),
  },
  {
    invariant: 4,
    what: 'a seat belongs to a reservation that is not about it',
    statements: ({ free, held }) =>
      inReservations([`UPDATE seats SET status = 'HELD', reservation_id = x'${held.reservation}' WHERE id = x'${free.seat}'`]),
    row: ({ free, held }) => ({ seat: free.seat, reservation: held.reservation }),
  },
  {
    invariant: 4,
    what: 'who has let go has a seat',
    statements: ({ letGo, free }) =>
      inReservations([`UPDATE seats SET reservation_id = x'${letGo.reservation}' WHERE id = x'${free.seat}'`]),
    row: ({ letGo, free }) => ({ let_go: letGo.reservation, seat: free.seat }),
  },
  {
    invariant: 5,
    what: 'a dead hold was sold',
    statements: ({ sold }) => inReservations([`UPDATE reservations SET expires_at = created_at WHERE id = x'${sold.reservation}'`]),
    row: ({ sold }) => ({ reservation: sold.reservation, seat: sold.seat }),
  },
  {
    invariant: 5,
    what: 'a hold lasts longer than any setting allows',
    statements: ({ held }) =>
      inReservations([`UPDATE reservations SET expires_at = expires_at + INTERVAL 61 MINUTE WHERE id = x'${held.reservation}'`]),
    row: ({ held }) => ({ reservation: held.reservation }),
  },
  {
    invariant: 5,
    what: 'a seat was taken a millisecond before the hold before was over',
    statements: (books) => inReservations(predecessor(books, 'EXPIRED')),
    row: ({ held }) => ({ reservation: held.reservation, before_it: before, status: 'EXPIRED' }),
  },
  {
    invariant: 5,
    what: 'a seat was taken before it was let go',
    statements: (books) =>
      inReservations([
        ...predecessor(books, 'CANCELLED'),
        `INSERT INTO outbox_events (id, topic, type, aggregate_id, data, created_at, published_at)
         SELECT x'${other}', 'reservations', 'reservation.cancelled', '${dashed(before)}', '{}', changed_at + INTERVAL 1 SECOND, changed_at
           FROM seats WHERE id = x'${books.held.seat}'`,
      ]),
    row: ({ held }) => ({ reservation: held.reservation, before_it: before, status: 'CANCELLED' }),
  },
  {
    invariant: 5,
    what: 'a seat was taken before its ticket was given back',
    statements: (books) =>
      inReservations([
        ...predecessor(books, 'CONFIRMED', `x'${other}'`),
        `INSERT INTO outbox_events (id, topic, type, aggregate_id, data, created_at, published_at)
         SELECT x'${other}', 'reservations', 'reservation.partly-refunded', '${dashed(before)}', '{"seatIds":["${dashed(books.held.seat)}"]}',
                changed_at + INTERVAL 1 SECOND, changed_at FROM seats WHERE id = x'${books.held.seat}'`,
      ]),
    row: ({ held }) => ({ reservation: held.reservation, before_it: before, status: 'RETURNED' }),
  },
  {
    invariant: 5,
    what: 'a seat was taken while it was sold',
    statements: (books) =>
      inReservations([
        ...predecessor(books, 'CONFIRMED', `x'${other}'`),
        `INSERT INTO tickets (id, reservation_id, user_id, seat_id, live_seat_id)
         SELECT x'${other}', id, user_id, x'${books.held.seat}', x'${books.held.seat}' FROM reservations WHERE id = x'${before}'`,
      ]),
    row: ({ held }) => ({ reservation: held.reservation, before_it: before, status: 'CONFIRMED' }),
  },
  {
    invariant: 6,
    what: 'a reservation is both confirmed and expired',
    statements: ({ sold }) =>
      inReservations([
        `INSERT INTO outbox_events (id, topic, type, aggregate_id, data, published_at)
         SELECT x'${other}', topic, 'reservation.expired', aggregate_id, data, published_at
           FROM outbox_events WHERE aggregate_id = '${dashed(sold.reservation)}' AND type = 'reservation.confirmed'`,
      ]),
    row: ({ sold }) => ({ reservation: dashed(sold.reservation), ended_as: 'reservation.confirmed,reservation.expired' }),
  },
  {
    invariant: 6,
    what: 'a reservation whose time is over has no end',
    statements: ({ held }) => inReservations([`UPDATE reservations SET expires_at = created_at WHERE id = x'${held.reservation}'`]),
    row: ({ held }) => ({ reservation: held.reservation, outcome: 'has not ended' }),
  },
  {
    invariant: 6,
    what: 'nobody was told that a hold was let go',
    statements: ({ letGo }) =>
      inReservations([`DELETE FROM outbox_events WHERE aggregate_id = '${dashed(letGo.reservation)}' AND type = 'reservation.cancelled'`]),
    row: ({ letGo }) => ({ reservation: letGo.reservation, ended_as: 'reservation.cancelled' }),
  },
  {
    invariant: 13,
    what: 'a person has more seats than allowed',
    statements: ({ performance }) => inReservations([`UPDATE performances SET max_seats_per_person = 1 WHERE id = x'${performance}'`]),
    row: ({ held, performance }) => ({ person: held.person, performance, seats: 2 }),
  },
];
