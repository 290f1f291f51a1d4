import { type Check, type Evidence, type Owner, type Row, recently, rowsOf, unmatched } from './check.ts';
import { findDiscarded } from './letters.ts';

const publishers: Owner[] = ['user', 'concert', 'reservation', 'payment'];

/**
 * Every event for a consumer that must take it once is in that consumer's inbox, whatever its publisher says of it; what an operator has put
 * away is not waited for.
 */
function takenBy(consumer: Owner, producer: Owner, type: string): Check {
  return async (evidence) => {
    const events = await evidence.databases[producer].rows(
      `SELECT id AS event, type, aggregate_id AS subject FROM outbox_events WHERE type = '${type}' AND created_at > ${recently}`,
    );
    const inbox = await evidence.databases[consumer].rows('SELECT event_id AS event FROM inbox_events');
    const taken = new Set(inbox.map(({ event }) => event));
    const discarded = await findDiscarded(evidence);
    return events
      .filter(({ event = null }) => !taken.has(event) && !discarded.events.has(`${consumer} ${event ?? ''}`))
      .map((row) => ({ ...row, missing: `inbox entry of ${consumer}` }));
  };
}

/** What waits for an operator has had no effect yet. */
const parkedLetters: Check[] = publishers.map((owner) =>
  rowsOf(owner, "SELECT id AS letter, service, type, event_id AS event, error FROM dead_letters WHERE status IN ('PARKED', 'REDRIVING')"),
);

/** What payments know of a hold is what it is. Of an old one they may know nothing, if its event was put away, and ask. */
async function pricesKnown(evidence: Evidence): Promise<Row[]> {
  const { reservation, payment } = evidence.databases;
  const columns = 'user_id AS person, performance_id AS performance, concert_id AS concert, amount';
  const held = await reservation.rows(`SELECT id AS reservation, ${columns} FROM reservations`);
  const young = await reservation.rows(`SELECT id AS reservation FROM reservations WHERE created_at > ${recently}`);
  const known = await payment.rows(`SELECT reservation_id AS reservation, ${columns} FROM payable_reservations`);
  const discarded = (await findDiscarded(evidence)).reservations;
  const told = young.filter(({ reservation: id }) => !discarded.has(String(id)));
  const wanted = new Set([...known, ...told].map((row) => row.reservation));
  return unmatched(
    { name: 'reservation', rows: held.filter((row) => wanted.has(row.reservation)) },
    { name: 'price known to payments', rows: known },
  );
}

async function seatsBuilt(evidence: Evidence): Promise<Row[]> {
  const { databases } = evidence;
  const columns = 'id AS performance, concert_id AS concert, starts_at, sale_opens_at, total_seats, max_seats_per_person';
  const scheduled = await databases.concert.rows(`SELECT ${columns} FROM performances`);
  const built = await databases.reservation.rows(`SELECT ${columns} FROM performances`);
  const { performances: unbuilt } = await findDiscarded(evidence);
  return unmatched(
    { name: 'scheduled performance', rows: scheduled.filter(({ performance }) => !unbuilt.has(String(performance))) },
    { name: 'built seats', rows: built },
  );
}

const figures = ['sold', 'amount_sold', 'refunded', 'amount_refunded'] as const;

/**
 * What the minutes add up to is what was bought, and what of it is given back. Sales from before there were minutes are not in them, so a
 * performance counts only if all of its sales are younger.
 */
async function salesAddUp(evidence: Evidence): Promise<Row[]> {
  const { reservation } = evidence.databases;
  const bought = await reservation.rows(
    `SELECT r.performance_id AS performance, x.section, COUNT(*) AS sold, SUM(x.price) AS amount_sold,
            COUNT(*) - COUNT(t.id) AS refunded, SUM(CASE WHEN t.id IS NULL THEN x.price ELSE 0 END) AS amount_refunded
       FROM reservations r JOIN reservation_seats x ON x.reservation_id = r.id
       LEFT JOIN tickets t ON t.live_seat_id = x.seat_id AND t.reservation_id = r.id
      WHERE r.status IN ('CONFIRMED', 'REFUNDED') GROUP BY r.performance_id, x.section`,
  );
  const counted = await reservation.rows(
    `SELECT performance_id AS performance, section, SUM(seats_sold) AS sold, SUM(amount_sold) AS amount_sold,
            SUM(seats_refunded) AS refunded, SUM(amount_refunded) AS amount_refunded
       FROM sales_minutes GROUP BY performance_id, section`,
  );
  const older = await reservation.rows(
    `SELECT DISTINCT performance_id AS performance FROM reservations
      WHERE status IN ('CONFIRMED', 'REFUNDED') AND created_at <
        (SELECT create_time FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'sales_minutes')`,
  );
  const { performances: discarded } = await findDiscarded(evidence);
  const left = new Set(older.map(({ performance }) => performance));
  const asked = (rows: Row[]): Row[] =>
    rows
      .filter(({ performance = null }) => !left.has(performance) && !discarded.has(String(performance)))
      .map((row) => ({ ...row, ...Object.fromEntries(figures.map((figure) => [figure, Number(row[figure])])) }));
  return unmatched({ name: 'sales', rows: asked(bought) }, { name: 'sales by minute', rows: asked(counted) });
}

/** Dates decide whether a concert is scheduled, on sale or over. */
const searchIndexed: Check = async ({ databases, searchIndex }) => {
  if ('unseen' in searchIndex) return searchIndex;
  const indexed = await searchIndex();
  if ('unseen' in indexed) return indexed;
  const listed = await databases.concert.rows(
    `SELECT c.id AS concert, c.title, c.artist, v.name AS venue, v.city, DATE_FORMAT(c.starts_on, '%Y-%m-%d') AS startsOn,
            DATE_FORMAT(c.ends_on, '%Y-%m-%d') AS endsOn, c.sale_opens_at AS saleOpensAt, c.last_starts_at AS lastStartsAt
       FROM concerts c JOIN venues v ON v.id = c.venue_id`,
  );
  return unmatched({ name: 'concert', rows: listed }, { name: 'document in the search index', rows: indexed });
};

export const projectionsConverge: Check[] = [
  takenBy('payment', 'reservation', 'reservation.held'),
  takenBy('reservation', 'concert', 'performance.scheduled'),
  takenBy('reservation', 'reservation', 'reservation.confirmed'),
  takenBy('reservation', 'reservation', 'reservation.partly-refunded'),
  takenBy('reservation', 'reservation', 'reservation.refunded'),
  salesAddUp,
  ...parkedLetters,
  pricesKnown,
  seatsBuilt,
  searchIndexed,
];
