import type { Evidence, Owner } from './check.ts';

const owners: Owner[] = ['user', 'concert', 'reservation', 'payment'];

/** Dead letters that an operator has discarded: their effects are not expected. */
interface Discarded {
  /** `consumer event`, by their ids. */
  events: ReadonlySet<string>;
  /** Performances whose seats will not be built. */
  performances: ReadonlySet<string>;
  /** Holds of which payments will not be told. */
  reservations: ReadonlySet<string>;
}

export async function findDiscarded({ databases }: Evidence): Promise<Discarded> {
  const found = await Promise.all(
    owners.map((owner) =>
      databases[owner].rows(
        `SELECT service, REPLACE(event_id, '-', '') AS event,
                REPLACE(JSON_UNQUOTE(JSON_EXTRACT(event, '$.data.performanceId')), '-', '') AS performance,
                REPLACE(JSON_UNQUOTE(JSON_EXTRACT(event, '$.data.reservationId')), '-', '') AS reservation
           FROM dead_letters WHERE status = 'DISCARDED'`,
      ),
    ),
  );
  const letters = found.flat();
  const of = (consumer: string) => letters.filter(({ service }) => service === consumer);
  return {
    events: new Set(letters.map(({ service, event }) => `${service ?? ''} ${event ?? ''}`)),
    performances: new Set([...of('reservation').map(({ performance }) => String(performance)), ...(await forgotten(databases))]),
    reservations: new Set(of('payment').map(({ reservation }) => String(reservation))),
  };
}

/** Letters are kept for two weeks. Of a performance that never had seats nobody can tell after that whether its letter was put away. */
async function forgotten(databases: Evidence['databases']): Promise<string[]> {
  const old = await databases.concert.rows('SELECT id FROM performances WHERE created_at < UTC_TIMESTAMP(3) - INTERVAL 14 DAY');
  const known = new Set((await databases.reservation.rows('SELECT id FROM performances')).map(({ id }) => id));
  return old.filter(({ id }) => !known.has(id ?? null)).map(({ id }) => String(id));
}
