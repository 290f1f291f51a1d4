import type { Database } from '@ticketing/common/database';
import { selectConcerts, toConcertEvent } from '../concerts/listed-concert.ts';
import type { ConcertState, Written } from './index-concerts.ts';

export interface ChangeCopier {
  db: Database;
  put: (concerts: ConcertState[]) => Promise<Written>;
  signal?: AbortSignal | undefined;
}

/** Versions of concerts by their ids in hexadecimal digits. */
export type Versions = Map<string, number>;

interface ChangedConcert {
  id: Buffer;
  version: number;
  changed_at: Date;
}

const batchSize = 200;
/** A change that was written this long before it is committed is still found by its time. */
const longestTransactionSeconds = 30;

/**
 * Copies into an index what has changed in a time, whoever took the events: versions make repetition harmless.
 * @param known what is in the index for sure and need not be copied again
 * @returns what was written, and all that has changed
 */
export async function copyChanges(
  { db, put, signal }: ChangeCopier,
  { since, until }: { since: Date; until: Date },
  known: Versions = new Map(),
): Promise<Written & { versions: Versions }> {
  const total = { written: 0, refused: 0 };
  const versions: Versions = new Map();
  let after = new Date(since.getTime() - longestTransactionSeconds * 1_000);
  let afterId: Buffer = Buffer.alloc(16);
  for (;;) {
    signal?.throwIfAborted();
    const rows = await findChanged(db, { after, afterId, until });
    const last = rows.at(-1);
    if (!last) return { ...total, versions };
    const lacking = rows.filter(({ id, version }) => known.get(id.toString('hex')) !== version);
    if (lacking.length > 0) {
      const concerts = await selectConcerts(db, "WHERE c.id IN (?) AND c.state <> 'DRAFT'", [lacking.map(({ id }) => id)]);
      const { written, refused } = await put(concerts.map(toConcertEvent));
      total.written += written;
      total.refused += refused;
    }
    for (const { id, version } of rows) versions.set(id.toString('hex'), version);
    [after, afterId] = [last.changed_at, last.id];
  }
}

/** The next concerts by the time of their change. @param range from behind a time and id to before a time */
export function findChanged(
  db: Database,
  { after, afterId, until }: { after: Date; afterId: Buffer; until: Date },
): Promise<ChangedConcert[]> {
  return db.query(
    `SELECT id, version, changed_at FROM concerts
      WHERE changed_at >= ? AND changed_at < ? AND (changed_at > ? OR id > ?) ORDER BY changed_at, id LIMIT ${batchSize}`,
    [after, until, after, afterId],
  );
}
