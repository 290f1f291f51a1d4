import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { idFromBinary, idToBinary, type Queryable, type SqlValue } from '@ticketing/common/database';
import type { EventData } from '@ticketing/contracts/events';
import type { ConcertSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { concertStatus, type LifeState } from './concert-status.ts';

/** A concert with its venue, as the catalogue has it. */
export interface ListedConcert {
  id: string;
  version: number;
  state: LifeState;
  title: string;
  artist: string;
  description: string;
  venue: { id: string; name: string; city: string; timeZone: string };
  saleOpensAt: Date;
  /** Local dates at the venue (YYYY-MM-DD); undefined while nothing is scheduled. */
  startsOn: string | undefined;
  endsOn: string | undefined;
  /** When the last performance begins. */
  lastStartsAt: Date | undefined;
  /** How often it is looked at, on a scale of doublings. */
  popularity: number;
}

interface ConcertRow {
  id: Buffer;
  version: number;
  state: LifeState;
  title: string;
  artist: string;
  description: string;
  venue_id: Buffer;
  venue_name: string;
  city: string;
  time_zone: string;
  sale_opens_at: Date;
  starts_on: string | null;
  ends_on: string | null;
  last_starts_at: Date | null;
  popularity: number;
}

/**
 * Reads concerts with their venues. Concerts come first: some order of theirs is what a LIMIT counts on.
 * @param rest what follows the FROM clause; the tables are `c` (concerts) and `v` (venues)
 */
export async function selectConcerts(db: Queryable, rest: string, values: SqlValue[]): Promise<ListedConcert[]> {
  const rows = await db.query<ConcertRow>(
    `SELECT c.id, c.version, c.state, c.title, c.artist, c.description, c.venue_id, v.name AS venue_name, v.city, v.time_zone, c.sale_opens_at,
            DATE_FORMAT(c.starts_on, '%Y-%m-%d') AS starts_on, DATE_FORMAT(c.ends_on, '%Y-%m-%d') AS ends_on, c.last_starts_at, c.popularity
       FROM concerts c STRAIGHT_JOIN venues v ON v.id = c.venue_id ${rest}`,
    values,
  );
  return rows.map((row) => ({
    id: idFromBinary(row.id),
    version: row.version,
    state: row.state,
    title: row.title,
    artist: row.artist,
    description: row.description,
    venue: { id: idFromBinary(row.venue_id), name: row.venue_name, city: row.city, timeZone: row.time_zone },
    saleOpensAt: row.sale_opens_at,
    startsOn: row.starts_on ?? undefined,
    endsOn: row.ends_on ?? undefined,
    lastStartsAt: row.last_starts_at ?? undefined,
    popularity: row.popularity,
  }));
}

/** The concerts with these ids in this order; ids that are unknown are left out. */
export async function loadConcerts(db: Queryable, ids: string[]): Promise<ListedConcert[]> {
  if (ids.length === 0) return [];
  const found = await selectConcerts(db, 'WHERE c.id IN (?)', [ids.map(idToBinary)]);
  const byId = new Map(found.map((concert) => [concert.id, concert]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

export async function loadConcert(db: Queryable, id: string): Promise<ListedConcert | undefined> {
  const [concert] = await loadConcerts(db, [id]);
  return concert;
}

/** The concert as other services and the gateway see it at this moment. */
export function toConcertMessage(concert: ListedConcert, now: Date): MessageInitShape<typeof ConcertSchema> {
  const { id, title, artist, description, venue, saleOpensAt, startsOn, endsOn } = concert;
  return {
    id,
    title,
    artist,
    description,
    venue,
    startsOn: startsOn ?? '',
    endsOn: endsOn ?? '',
    saleOpensAt: timestampFromDate(saleOpensAt),
    status: concertStatus(concert, now),
  };
}

/** The data of `concert.created` and `concert.updated`: the whole present state. */
export function toConcertEvent(concert: ListedConcert): EventData<'concert.updated'> {
  const { id, version, title, artist, description, venue, saleOpensAt, startsOn, endsOn, lastStartsAt, popularity } = concert;
  return {
    concertId: id,
    version,
    title,
    artist,
    description,
    venue,
    saleOpensAt: saleOpensAt.toISOString(),
    startsOn: startsOn ?? null,
    endsOn: endsOn ?? null,
    lastStartsAt: lastStartsAt?.toISOString() ?? null,
    popularity,
    cancelled: concert.state === 'CANCELLED',
  };
}

/** Whether the public knows of the concert. */
export function isPublic({ state }: Pick<ListedConcert, 'state'>): boolean {
  return state !== 'DRAFT';
}
