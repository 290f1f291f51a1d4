import type { Database } from '@ticketing/common/database';
import { idFromBinary, idToBinary } from '@ticketing/common/database';
import { selectConcerts, toConcertEvent } from '../concerts/listed-concert.ts';
import { type ConcertState, putConcerts } from './index-concerts.ts';
import { indexAlias } from './index-definition.ts';
import type { IndexAccess } from './search-index.ts';

/** How the index differs from the catalogue in a range of ids. */
export interface Drift {
  checked: number;
  /** Concerts that the index lacks, or has in an older version. */
  missing: ConcertState[];
  stale: ConcertState[];
  /** Ids that only the index has. */
  extra: string[];
  /** Where the next range begins; undefined behind the last. */
  next: string | undefined;
}

export interface IndexChecker {
  db: Database;
  index: Pick<IndexAccess, 'work'>;
  signal?: AbortSignal | undefined;
}

/** How many concerts differ, of how many. */
export type DriftCount = Record<'checked' | 'missing' | 'stale' | 'extra', number>;

const batchSize = 500;
const extraRoom = 500;
const first = '00000000-0000-0000-0000-000000000000';

/**
 * Compares the next concerts with what the index has of them. What changed in the last seconds is left out: its event may be on the way.
 * @param after the `next` of the range before
 */
export async function checkRange({ db, index, signal }: IndexChecker, after: string = first): Promise<Drift> {
  const concerts = await selectConcerts(db, `WHERE c.id > ? AND c.state <> 'DRAFT' ORDER BY c.id LIMIT ${batchSize}`, [idToBinary(after)]);
  const last = concerts.length === batchSize ? concerts.at(-1)?.id : undefined;
  const settled = new Set(
    await settledIds(
      db,
      concerts.map(({ id }) => id),
    ),
  );
  const range = { gt: after, ...(last !== undefined && { lte: last }) };
  const query = { range: { id: range } };
  const page = { sort: [{ id: 'asc' }], size: batchSize + extraRoom, version: true, _source: false };
  const reply = await index.work((client, options) => client.search({ index: indexAlias, query, ...page }, options), signal);
  const versions = new Map(reply.hits.hits.map(({ _id, _version }) => [_id, _version ?? 0]));
  const states = concerts.map(toConcertEvent);
  const lasting = states.filter(({ concertId }) => settled.has(concertId));
  const known = new Set(states.map(({ concertId }) => concertId));
  return {
    checked: concerts.length,
    missing: lasting.filter(({ concertId }) => !versions.has(concertId)),
    stale: lasting.filter(({ concertId, version }) => (versions.get(concertId) ?? version) < version),
    extra: [...versions.keys()].flatMap((id) => (id !== undefined && !known.has(id) ? [id] : [])),
    next: last,
  };
}

async function settledIds(db: Database, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await db.query<{ id: Buffer }>(
    'SELECT id FROM concerts WHERE id IN (?) AND changed_at < UTC_TIMESTAMP(3) - INTERVAL 5 SECOND',
    [ids.map(idToBinary)],
  );
  return rows.map(({ id }) => idFromBinary(id));
}

/** Writes what the index lacks, and removes what it should not have. */
export async function repairDrift({ db, index, signal }: IndexChecker, { missing, stale, extra }: Drift): Promise<void> {
  const lacking = [...missing, ...stale];
  // The index remembers for a minute what was deleted from it, and would take nothing older than that.
  const settings = { gc_deletes: '0s' };
  if (missing.length > 0)
    await index.work((client, options) => client.indices.putSettings({ index: indexAlias, settings }, options), signal);
  if (lacking.length > 0) await index.work(putConcerts(indexAlias, lacking), signal);
  // A concert may have been made after the range was read: only what the catalogue still lacks goes.
  const present = extra.length === 0 ? [] : await selectConcerts(db, "WHERE c.id IN (?) AND c.state <> 'DRAFT'", [extra.map(idToBinary)]);
  const made = new Set(present.map(({ id }) => id));
  const operations = extra.filter((id) => !made.has(id)).map((_id) => ({ delete: { _id } }));
  if (operations.length > 0) await index.work((client, options) => client.bulk({ index: indexAlias, operations }, options), signal);
}

/** Compares the whole index with the catalogue. @param repairs true to put it right as well */
export async function checkIndex(ctx: IndexChecker, repairs: boolean): Promise<DriftCount> {
  const total = { checked: 0, missing: 0, stale: 0, extra: 0 };
  let after: string | undefined;
  do {
    const drift = await checkRange(ctx, after);
    total.checked += drift.checked;
    for (const kind of ['missing', 'stale', 'extra'] as const) total[kind] += drift[kind].length;
    if (repairs) await repairDrift(ctx, drift);
    after = drift.next;
  } while (after !== undefined);
  return total;
}
