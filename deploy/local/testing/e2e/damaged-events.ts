import type { Owner } from '@ticketing/common/witness/check';
import { type Damage, dashed, madeUp, type SaleBooks } from './broken-books.ts';

const other = madeUp('another one');

const untold = (owner: Owner, type: string, subject: string, idOf: (books: SaleBooks) => string): Damage => ({
  invariant: 10,
  what: `nobody was told ${type}`,
  statements: (books) => [[owner, `DELETE FROM outbox_events WHERE type = '${type}' AND aggregate_id = '${dashed(idOf(books))}'`]],
  row: (books) => ({ [subject]: idOf(books), missing: `event ${type}` }),
});

const untrue = (owner: Owner, type: string, subject: string): Damage => ({
  invariant: 10,
  what: `${type} was told and is not so`,
  statements: () => [
    [
      owner,
      `INSERT INTO outbox_events (id, topic, type, aggregate_id, data, published_at)
       VALUES (x'${other}', 'made-up', '${type}', '${dashed(other)}', '{"performanceId":"${dashed(other)}","checkInId":"${dashed(other)}"}', UTC_TIMESTAMP(3))`,
    ],
  ],
  row: () => ({ [subject]: other, event: type, missing: 'change' }),
});

const refundUntold = (owner: Owner, type: string, aggregateOf: (books: SaleBooks) => string): Damage => ({
  invariant: 10,
  what: `nobody was told ${type}`,
  statements: (books) => [[owner, `DELETE FROM outbox_events WHERE type = '${type}' AND aggregate_id = '${dashed(aggregateOf(books))}'`]],
  row: ({ parted }) => ({ refund: parted.refund, missing: `event ${type}` }),
});

const refundUntrue = (owner: Owner, type: string): Damage => ({
  invariant: 10,
  what: `${type} was told and is not so`,
  statements: () => [
    [
      owner,
      `INSERT INTO outbox_events (id, topic, type, aggregate_id, data, published_at)
       VALUES (x'${other}', 'made-up', '${type}', '${dashed(other)}', '{"refundId":"${dashed(other)}"}', UTC_TIMESTAMP(3))`,
    ],
  ],
  row: () => ({ refund: other, event: type, missing: 'change' }),
});

const waiting = (owner: Owner): Damage => ({
  invariant: 10,
  what: `an event of ${owner} is not published`,
  statements: () => [
    [owner, `INSERT INTO outbox_events (id, topic, type, aggregate_id, data) VALUES (x'${other}', 'made-up', 'made-up', '-', '{}')`],
  ],
  row: () => ({ event: other, service: owner, type: 'made-up' }),
});

const parked = (owner: Owner): Damage => ({
  invariant: 14,
  what: `a letter in the books of ${owner} waits for an operator`,
  statements: () => [
    [
      owner,
      `INSERT INTO dead_letters (id, service, topic, event_id, type, event, headers, error, attempts)
       VALUES (x'${other}', '${owner}', 'made-up', '${dashed(other)}', 'made-up', '{}', '{}', 'no reason', 5)`,
    ],
  ],
  row: () => ({ letter: other, service: owner }),
});

const owners: Owner[] = ['user', 'concert', 'reservation', 'payment'];

export const eventDamages: Damage[] = [
  ...owners.map(waiting),
  untold('reservation', 'reservation.held', 'reservation', ({ held }) => held.reservation),
  untold('reservation', 'reservation.confirmed', 'reservation', ({ sold }) => sold.reservation),
  untold('reservation', 'reservation.cancelled', 'reservation', ({ letGo }) => letGo.reservation),
  untold('reservation', 'reservation.refunded', 'reservation', ({ refunded }) => refunded.reservation),
  untold('payment', 'payment.completed', 'payment', ({ sold }) => sold.payment),
  untold('payment', 'payment.refunded', 'payment', ({ refunded }) => refunded.payment),
  refundUntold('reservation', 'reservation.partly-refunded', ({ parted }) => parted.reservation),
  refundUntold('payment', 'payment.partly-refunded', ({ parted }) => parted.payment),
  refundUntrue('reservation', 'reservation.partly-refunded'),
  refundUntrue('payment', 'payment.partly-refunded'),
  untold('payment', 'points.charged', 'charge', ({ sold }) => sold.charge),
  untold('user', 'user.registered', 'person', ({ sold }) => sold.person),
  untold('concert', 'concert.created', 'concert', ({ concert }) => concert),
  untrue('reservation', 'reservation.held', 'reservation'),
  untrue('reservation', 'reservation.confirmed', 'reservation'),
  untrue('reservation', 'reservation.expired', 'reservation'),
  untrue('reservation', 'reservation.cancelled', 'reservation'),
  untrue('reservation', 'reservation.refunded', 'reservation'),
  untrue('reservation', 'ticket.checked-in', 'check_in'),
  untrue('reservation', 'ticket.check-in-undone', 'check_in'),
  untrue('payment', 'payment.completed', 'payment'),
  untrue('payment', 'payment.failed', 'payment'),
  untrue('payment', 'payment.refunded', 'payment'),
  untrue('payment', 'points.charged', 'charge'),
  untrue('user', 'user.registered', 'person'),
  untrue('user', 'user.deleted', 'person'),
  untrue('concert', 'concert.created', 'concert'),
  untrue('concert', 'performance.scheduled', 'performance'),
  {
    invariant: 10,
    what: 'nobody was told that an old reservation was given back',
    statements: ({ refunded }) => [
      ['reservation', `UPDATE reservations SET created_at = created_at - INTERVAL 13 HOUR WHERE id = x'${refunded.reservation}'`],
      ['reservation', `DELETE FROM outbox_events WHERE type = 'reservation.refunded' AND aggregate_id = '${dashed(refunded.reservation)}'`],
    ],
    row: ({ refunded }) => ({ reservation: refunded.reservation, missing: 'event reservation.refunded' }),
  },
  {
    invariant: 10,
    what: 'a change was told twice',
    statements: ({ sold }) => [
      [
        'payment',
        `INSERT INTO outbox_events (id, topic, type, aggregate_id, data, published_at)
         SELECT x'${other}', topic, type, aggregate_id, data, published_at FROM outbox_events
          WHERE type = 'payment.completed' AND aggregate_id = '${dashed(sold.payment)}'`,
      ],
    ],
    row: ({ sold }) => ({ payment: sold.payment, event: 'payment.completed', times: 2 }),
  },
  {
    invariant: 10,
    what: 'a concert has changed and nobody was told',
    statements: ({ concert }) => [['concert', `UPDATE concerts SET version = version + 1 WHERE id = x'${concert}'`]],
    row: ({ concert }) => ({ concert, version: 3, told: 2 }),
  },
  {
    invariant: 10,
    what: 'a version of a concert was told twice',
    statements: ({ concert }) => [
      [
        'concert',
        `INSERT INTO outbox_events (id, topic, type, aggregate_id, data, published_at)
         SELECT x'${other}', topic, 'concert.updated', aggregate_id, data, published_at FROM outbox_events
          WHERE type = 'concert.created' AND aggregate_id = '${dashed(concert)}'`,
      ],
    ],
    row: ({ concert }) => ({ concert: dashed(concert), version: '1', times: 2 }),
  },
  {
    invariant: 10,
    what: 'a saga was told to be parked that there is not',
    statements: () => [
      [
        'payment',
        `INSERT INTO outbox_events (id, topic, type, aggregate_id, data, published_at)
         VALUES (x'${other}', 'payments', 'saga.parked', '${dashed(other)}', '{"sagaId":"${dashed(other)}"}', UTC_TIMESTAMP(3))`,
      ],
    ],
    row: () => ({ event: other, type: 'saga.parked', missing: 'saga' }),
  },
  {
    invariant: 10,
    what: 'a saga waits for an operator and nobody was told',
    statements: ({ sold }) => [['payment', `UPDATE sagas SET status = 'PARKED' WHERE subject_id = x'${sold.payment}'`]],
    row: () => ({ missing: 'event saga.parked' }),
  },
  ...owners.map(parked),
  ...(
    [
      ['reservation.confirmed', ({ refunded }) => refunded.reservation],
      ['reservation.partly-refunded', ({ parted }) => parted.reservation],
      ['reservation.refunded', ({ refunded }) => refunded.reservation],
    ] satisfies [string, (books: SaleBooks) => string][]
  ).map(
    ([type, subjectOf]): Damage => ({
      invariant: 14,
      what: `${type} counts as published and has not reached the sales`,
      statements: (books) => [
        [
          'reservation',
          `UPDATE outbox_events SET id = x'${other}' WHERE type = '${type}' AND aggregate_id = '${dashed(subjectOf(books))}'`,
        ],
      ],
      row: (books) => ({ event: other, type, subject: dashed(subjectOf(books)), missing: 'inbox entry of reservation' }),
    }),
  ),
  {
    invariant: 14,
    what: 'a sale was counted twice',
    statements: ({ performance }) => [
      [
        'reservation',
        `UPDATE sales_minutes SET seats_sold = seats_sold + 1, amount_sold = amount_sold + 1 WHERE performance_id = x'${performance}' LIMIT 1`,
      ],
    ],
    row: ({ performance }) => ({ performance, missing: 'sales' }),
  },
  {
    invariant: 14,
    what: 'refunds were not counted',
    statements: ({ performance }) => [
      ['reservation', `UPDATE sales_minutes SET seats_refunded = 0, amount_refunded = 0 WHERE performance_id = x'${performance}'`],
    ],
    row: ({ performance }) => ({ performance, missing: 'sales by minute' }),
  },
  {
    invariant: 14,
    what: 'an event that counts as published has not reached payments',
    statements: ({ held }) => [
      [
        'reservation',
        `UPDATE outbox_events SET id = x'${other}' WHERE type = 'reservation.held' AND aggregate_id = '${dashed(held.reservation)}'`,
      ],
    ],
    row: ({ held }) => ({ event: other, subject: dashed(held.reservation), missing: 'inbox entry of payment' }),
  },
  {
    invariant: 14,
    what: 'an event that counts as published has not reached reservations',
    statements: ({ concert }) => [
      ['concert', `UPDATE outbox_events SET id = x'${other}' WHERE type = 'performance.scheduled' AND aggregate_id = '${dashed(concert)}'`],
    ],
    row: ({ concert }) => ({ event: other, subject: dashed(concert), missing: 'inbox entry of reservation' }),
  },
  {
    invariant: 14,
    what: 'payments do not know the price of a hold',
    statements: ({ held }) => [['payment', `DELETE FROM payable_reservations WHERE reservation_id = x'${held.reservation}'`]],
    row: ({ held }) => ({ reservation: held.reservation, missing: 'price known to payments' }),
  },
  {
    invariant: 14,
    what: 'payments take a hold for one of another performance',
    statements: ({ held }) => [
      ['payment', `UPDATE payable_reservations SET performance_id = x'${other}' WHERE reservation_id = x'${held.reservation}'`],
    ],
    row: ({ held }) => ({ reservation: held.reservation, performance: other, missing: 'reservation' }),
  },
  {
    invariant: 14,
    what: 'a performance begins at another time for reservations',
    statements: ({ performance }) => [
      ['reservation', `UPDATE performances SET starts_at = starts_at + INTERVAL 1 HOUR WHERE id = x'${performance}'`],
    ],
    row: ({ performance }) => ({ performance, missing: 'built seats' }),
  },
  ...['title', 'artist'].map((column) => ({
    invariant: 14,
    what: `the search index has another ${column}`,
    statements: ({ concert }: SaleBooks): [Owner, string][] => [
      ['concert', `UPDATE concerts SET ${column} = 'changed' WHERE id = x'${concert}'`],
    ],
    row: ({ concert }: SaleBooks) => ({ concert, [column]: 'changed', missing: 'document in the search index' }),
  })),
  {
    invariant: 14,
    what: 'the search index has another date',
    statements: ({ concert }) => [['concert', `UPDATE concerts SET ends_on = ends_on + INTERVAL 1 DAY WHERE id = x'${concert}'`]],
    row: ({ concert }) => ({ concert, missing: 'document in the search index' }),
  },
  {
    invariant: 14,
    what: 'the search index has another venue',
    statements: ({ concert }) => [
      ['concert', `INSERT INTO venues (id, name, city, time_zone) VALUES (x'${other}', 'made up', 'made up', 'Asia/Seoul')`],
      ['concert', `UPDATE concerts SET venue_id = x'${other}' WHERE id = x'${concert}'`],
    ],
    row: ({ concert }) => ({ concert, venue: 'made up', missing: 'document in the search index' }),
  },
];
