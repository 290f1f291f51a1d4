import { type Check, type Owner, recently, rowsOf, unmatched, without } from './check.ts';

const publishers: Owner[] = ['user', 'concert', 'reservation', 'payment'];

function unpublished(owner: Owner): Check {
  return rowsOf(
    owner,
    `SELECT '${owner}' AS service, id AS event, type, created_at FROM outbox_events WHERE published_at IS NULL LIMIT 100`,
  );
}

/** A change and its event are written together: there is neither one without the other. */
function toldOnce(owner: Owner, change: string, changes: string, types: string[]): Check {
  return async ({ databases }) => {
    const changed = await databases[owner].rows(changes);
    const told = await databases[owner].rows(
      `SELECT REPLACE(aggregate_id, '-', '') AS ${change} FROM outbox_events
        WHERE type IN (${types.map((type) => `'${type}'`).join(', ')}) AND created_at > ${recently}`,
    );
    return unmatched({ name: 'change', rows: changed }, { name: `event ${types.join(' or ')}`, rows: told });
  };
}

/** Every event for a consumer that must take it once is in that consumer's inbox. */
function takenBy(consumer: Owner, producer: Owner, type: string): Check {
  return async ({ databases }) => {
    const events = await databases[producer].rows(
      `SELECT id AS event FROM outbox_events WHERE type = '${type}' AND published_at IS NOT NULL AND created_at > ${recently}`,
    );
    const taken = await databases[consumer].rows('SELECT event_id AS event FROM inbox_events');
    return without(events, taken, `inbox entry of ${consumer} for ${type}`);
  };
}

export const committedIsPublished: Check[] = [
  ...publishers.map(unpublished),
  toldOnce('reservation', 'reservation', `SELECT LOWER(HEX(id)) AS reservation FROM reservations WHERE created_at > ${recently}`, [
    'reservation.held',
  ]),
  toldOnce(
    'reservation',
    'reservation',
    `SELECT LOWER(HEX(id)) AS reservation FROM reservations WHERE status IN ('CONFIRMED', 'REFUNDED') AND created_at > ${recently}`,
    ['reservation.confirmed'],
  ),
  toldOnce(
    'reservation',
    'reservation',
    `SELECT LOWER(HEX(id)) AS reservation FROM reservations WHERE status IN ('EXPIRED', 'CANCELLED', 'REFUNDED') AND created_at > ${recently}`,
    ['reservation.expired', 'reservation.cancelled', 'reservation.refunded'],
  ),
  toldOnce('payment', 'payment', `SELECT LOWER(HEX(id)) AS payment FROM payments WHERE status <> 'PENDING' AND created_at > ${recently}`, [
    'payment.completed',
    'payment.failed',
  ]),
  toldOnce(
    'payment',
    'payment',
    `SELECT LOWER(HEX(payment_id)) AS payment FROM refunds WHERE status = 'COMPLETED' AND created_at > ${recently}`,
    ['payment.refunded'],
  ),
  toldOnce(
    'payment',
    'charge',
    `SELECT LOWER(HEX(reference)) AS charge FROM ledger_entries WHERE kind = 'CHARGE' AND account = 'WALLET' AND booked_at > ${recently}`,
    ['points.charged'],
  ),
];

export const projectionsConverge: Check[] = [
  takenBy('payment', 'reservation', 'reservation.held'),
  takenBy('reservation', 'concert', 'performance.scheduled'),
  async ({ databases }) => {
    const held = await databases.reservation.rows('SELECT id AS reservation, user_id AS person, amount FROM reservations');
    const known = await databases.payment.rows('SELECT reservation_id AS reservation, user_id AS person, amount FROM payable_reservations');
    return unmatched({ name: 'reservation', rows: held }, { name: 'price known to payments', rows: known });
  },
  async ({ databases }) => {
    const columns = 'id AS performance, concert_id AS concert, total_seats, max_seats_per_person';
    const scheduled = await databases.concert.rows(`SELECT ${columns} FROM performances`);
    const built = await databases.reservation.rows(`SELECT ${columns} FROM performances`);
    return unmatched({ name: 'scheduled performance', rows: scheduled }, { name: 'built seats', rows: built });
  },
  async ({ databases, searchIndex }) => {
    const indexed = await searchIndex?.();
    if (!indexed) return undefined;
    const listed = await databases.concert.rows('SELECT id AS concert, title, artist FROM concerts');
    return unmatched({ name: 'concert', rows: listed }, { name: 'document in the search index', rows: indexed });
  },
];
