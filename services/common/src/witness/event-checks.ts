import { type Check, type Evidence, type Owner, type Row, recently, rowsOf } from './check.ts';

const publishers: Owner[] = ['user', 'concert', 'reservation', 'payment'];

function unpublished(owner: Owner): Check {
  return rowsOf(
    owner,
    `SELECT id AS event, '${owner}' AS service, type, created_at FROM outbox_events WHERE published_at IS NULL LIMIT 100`,
  );
}

/** A kind of change and the event that tells of it. */
interface Told {
  owner: Owner;
  /** What changes. */
  subject: string;
  /** Selects the `id` of all that has changed so, and whether the change is `young` enough for its event to be kept. */
  changes: string;
  type: string;
  /** Another type that tells of the same change. */
  otherType?: string;
  /** Where the event names what has changed; one that names nothing there tells of something else. */
  named?: string;
  /** Ids of more changes that are young, where the database itself can't tell. */
  young?: (evidence: Evidence) => Promise<Set<Row[string]>>;
}

/**
 * A change and its event are written together: there is neither one without the other. A young change is looked for among all events, and a
 * young event among all changes, so that nothing is missing only because time goes by.
 */
function toldOnce({ owner, subject, changes, type, otherType = type, named = 'aggregate_id', young }: Told): Check {
  return async (evidence) => {
    const books = evidence.databases[owner];
    const events = await books.rows(
      `SELECT REPLACE(${named}, '-', '') AS id, COUNT(*) AS times, MAX(created_at > ${recently}) AS young FROM outbox_events
        WHERE type IN ('${type}', '${otherType}') AND ${named} IS NOT NULL GROUP BY REPLACE(${named}, '-', '')`,
    );
    const told = new Map(events.map((event) => [event.id, event]));
    const alsoYoung = (await young?.(evidence)) ?? new Set();
    const rows: Row[] = [];
    for (const change of await books.rows(changes)) {
      const { id = null } = change;
      const event = told.get(id);
      told.delete(id);
      if (event && event.times !== 1) rows.push({ [subject]: id, event: type, times: event.times ?? null });
      if (!event && (change.young === 1 || alsoYoung.has(id))) rows.push({ [subject]: id, missing: `event ${type}` });
    }
    const untrue = [...told.values()].filter((event) => event.young === 1);
    return [...rows, ...untrue.map(({ id = null }) => ({ [subject]: id, event: type, missing: 'change' }))];
  };
}

const ofReservations = (type: string, changes: string): Told => ({ owner: 'reservation', subject: 'reservation', type, changes });

/** When a payment ended is when its saga did. */
const endedPayments = (statuses: string): string =>
  `SELECT p.id, COALESCE(s.ended_at > ${recently}, 0) AS young FROM payments p
     LEFT JOIN sagas s ON s.kind = 'payment' AND s.subject_id = p.id WHERE p.status IN (${statuses})`;

const refundOfEvent = `JSON_UNQUOTE(JSON_EXTRACT(data, '$.refundId'))`;

/** Seats that went back on sale because of a young refund, however old their reservation is. */
async function givenBackOfLate({ databases }: Evidence): Promise<Set<Row[string]>> {
  const rows = await databases.payment.rows(
    `SELECT p.reservation_id AS id FROM refunds f JOIN payments p ON p.id = f.payment_id
      WHERE f.status = 'COMPLETED' AND f.created_at > ${recently}`,
  );
  return new Set(rows.map(({ id }) => id ?? null));
}

const checkInNamed = `JSON_UNQUOTE(JSON_EXTRACT(data, '$.checkInId'))`;

const told: Told[] = [
  ofReservations('reservation.held', `SELECT id, created_at > ${recently} AS young FROM reservations`),
  ofReservations(
    'reservation.confirmed',
    `SELECT r.id, MAX(COALESCE(t.issued_at, r.created_at)) > ${recently} AS young FROM reservations r
       LEFT JOIN tickets t ON t.reservation_id = r.id AND t.transferred_from IS NULL WHERE r.status IN ('CONFIRMED', 'REFUNDED') GROUP BY r.id`,
  ),
  ofReservations('reservation.expired', `SELECT id, expires_at > ${recently} AS young FROM reservations WHERE status = 'EXPIRED'`),
  ofReservations('reservation.cancelled', `SELECT id, created_at > ${recently} AS young FROM reservations WHERE status = 'CANCELLED'`),
  {
    ...ofReservations('reservation.refunded', `SELECT id, created_at > ${recently} AS young FROM reservations WHERE status = 'REFUNDED'`),
    young: givenBackOfLate,
  },
  {
    ...{ owner: 'reservation', subject: 'check_in', type: 'ticket.checked-in', named: checkInNamed },
    changes: `SELECT id, recorded_at > ${recently} AS young FROM check_ins WHERE outcome = 'CHECKED_IN'`,
  },
  {
    ...{ owner: 'reservation', subject: 'check_in', type: 'ticket.check-in-undone', named: checkInNamed },
    changes: `SELECT id, undone_at > ${recently} AS young FROM check_ins WHERE undone_at IS NOT NULL`,
  },
  { owner: 'payment', subject: 'payment', type: 'payment.completed', changes: endedPayments("'COMPLETED', 'REFUNDED'") },
  { owner: 'payment', subject: 'payment', type: 'payment.failed', changes: endedPayments("'FAILED'") },
  {
    owner: 'reservation',
    subject: 'refund',
    type: 'reservation.partly-refunded',
    otherType: 'reservation.refunded',
    named: refundOfEvent,
    changes: `SELECT refund_id AS id, decided_at > ${recently} AS young FROM ticket_releases WHERE outcome = 'released'`,
  },
  {
    owner: 'payment',
    subject: 'payment',
    type: 'payment.refunded',
    changes: `SELECT p.id, MAX(COALESCE(s.ended_at > ${recently}, 0)) AS young FROM payments p JOIN refunds f ON f.payment_id = p.id
                LEFT JOIN sagas s ON s.kind IN ('refund', 'part-refund') AND s.subject_id = f.id
               WHERE p.status = 'REFUNDED' AND f.status = 'COMPLETED' GROUP BY p.id`,
  },
  {
    owner: 'payment',
    subject: 'refund',
    type: 'payment.partly-refunded',
    otherType: 'payment.refunded',
    named: refundOfEvent,
    changes: `SELECT f.id, COALESCE(s.ended_at > ${recently}, 0) AS young FROM refunds f
                LEFT JOIN sagas s ON s.kind IN ('refund', 'part-refund') AND s.subject_id = f.id WHERE f.status = 'COMPLETED'`,
  },
  {
    ...{ owner: 'reservation', subject: 'transfer', type: 'ticket.transferred' },
    named: `JSON_UNQUOTE(JSON_EXTRACT(data, '$.transferId'))`,
    changes: `SELECT id, accepted_at > ${recently} AS young FROM ticket_transfers WHERE accepted_at IS NOT NULL`,
  },
  {
    owner: 'payment',
    subject: 'charge',
    type: 'points.charged',
    changes: `SELECT reference AS id, booked_at > ${recently} AS young FROM ledger_entries WHERE kind = 'CHARGE' AND account = 'WALLET'`,
  },
  { owner: 'user', subject: 'person', type: 'user.registered', changes: `SELECT id, created_at > ${recently} AS young FROM accounts` },
  {
    owner: 'user',
    subject: 'person',
    type: 'user.deleted',
    changes: `SELECT id, deleted_at > ${recently} AS young FROM accounts WHERE deleted_at IS NOT NULL`,
  },
  {
    owner: 'concert',
    subject: 'concert',
    type: 'concert.created',
    changes: `SELECT id, created_at > ${recently} AS young FROM concerts WHERE state <> 'DRAFT'`,
  },
  {
    owner: 'concert',
    subject: 'performance',
    type: 'performance.scheduled',
    named: `JSON_UNQUOTE(JSON_EXTRACT(data, '$.performanceId'))`,
    changes: `SELECT id, created_at > ${recently} AS young FROM performances`,
  },
];

/** Each version of a concert is told once, and the last one that was told is the one there is. */
const versionsTold: Check[] = [
  rowsOf(
    'concert',
    `SELECT c.id AS concert, c.version, e.version AS told FROM concerts c
       LEFT JOIN (SELECT UNHEX(REPLACE(aggregate_id, '-', '')) AS id,
                         MAX(CAST(JSON_UNQUOTE(JSON_EXTRACT(data, '$.version')) AS UNSIGNED)) AS version
                    FROM outbox_events WHERE type IN ('concert.created', 'concert.updated') GROUP BY aggregate_id) e ON e.id = c.id
      WHERE c.state <> 'DRAFT' AND c.changed_at > ${recently} AND COALESCE(e.version, 0) <> c.version`,
  ),
  rowsOf(
    'concert',
    `SELECT aggregate_id AS concert, JSON_UNQUOTE(JSON_EXTRACT(data, '$.version')) AS version, COUNT(*) AS times FROM outbox_events
      WHERE type IN ('concert.created', 'concert.updated') GROUP BY aggregate_id, JSON_UNQUOTE(JSON_EXTRACT(data, '$.version')) HAVING times > 1`,
  ),
];

/** A saga that stalls or is parked tells of it; one that goes on afterwards has told of it all the same. */
const sagasTold: Check[] = [
  rowsOf(
    'payment',
    `SELECT e.id AS event, e.type, e.aggregate_id AS subject, 'saga' AS missing FROM outbox_events e
       LEFT JOIN sagas s ON s.id = UNHEX(REPLACE(JSON_UNQUOTE(JSON_EXTRACT(e.data, '$.sagaId')), '-', ''))
      WHERE e.type IN ('saga.stalled', 'saga.parked') AND s.id IS NULL`,
  ),
  async ({ databases }) => {
    const parked = await databases.payment.rows(
      `SELECT LOWER(HEX(subject_id)) AS id, id AS saga FROM sagas WHERE status = 'PARKED' AND created_at > ${recently}`,
    );
    const events = await databases.payment.rows(
      "SELECT REPLACE(aggregate_id, '-', '') AS id FROM outbox_events WHERE type = 'saga.parked'",
    );
    const known = new Set(events.map(({ id }) => id));
    return parked.filter(({ id }) => !known.has(id ?? null)).map(({ saga = null }) => ({ saga, missing: 'event saga.parked' }));
  },
];

export const committedIsPublished: Check[] = [...publishers.map(unpublished), ...told.map(toldOnce), ...versionsTold, ...sagasTold];
