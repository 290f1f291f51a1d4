import type { Database, Queryable } from '@ticketing/common/database';
import { idToBinary } from '@ticketing/common/database';
import type { EventData } from '@ticketing/contracts/events';
import { type ConcertDocument, toDocument } from './concert-document.ts';
import { indexAlias } from './index-definition.ts';
import type { Question, SearchIndex } from './search-index.ts';

/** What is indexed: the state that a concert has at one version. */
export type ConcertState = EventData<'concert.updated'>;

// The sidecar takes bodies of 4 MiB.
const largestBulk = 2_000_000;

/**
 * Writes concerts into an index under their own version, so that any order and any repetition of writes ends in the newest state.
 * @param target an alias
 * @returns the concerts that the index now has in this version or a newer one
 */
export function putConcerts(target: string, concerts: ConcertState[]): Question<ConcertState[]> {
  return async (client, options) => {
    const taken = new Set<string | null | undefined>();
    for (const part of partsBySize(concerts.map((concert) => ({ concert, document: toDocument(concert) })))) {
      const operations = part.flatMap(({ concert, document }) => [
        { index: { _id: concert.concertId, version: concert.version, version_type: 'external' as const } },
        document,
      ]);
      // Without the alias a bulk would make an index of its name, without the definition.
      const reply = await client.bulk<ConcertDocument>({ index: target, require_alias: true, operations }, options);
      for (const { index } of reply.items) if (index && isTaken(index.status)) taken.add(index._id);
    }
    return concerts.filter(({ concertId }) => taken.has(concertId));
  };
}

interface Entry {
  concert: ConcertState;
  document: ConcertDocument;
}

function partsBySize(entries: Entry[]): Entry[][] {
  const parts: Entry[][] = [];
  let size = largestBulk;
  for (const entry of entries) {
    const added = Buffer.byteLength(JSON.stringify(entry.document)) + 200;
    if (size + added > largestBulk) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)?.push(entry);
    size += added;
  }
  return parts;
}

// 409: the index has this version, or a newer one, already.
function isTaken(status: number): boolean {
  return status < 300 || status === 409;
}

/** Notes which versions the index has. */
export async function markIndexed(db: Queryable, concerts: ConcertState[]): Promise<void> {
  for (const version of new Set(concerts.map((concert) => concert.version))) {
    const ids = concerts.filter((concert) => concert.version === version).map(({ concertId }) => idToBinary(concertId));
    await db.execute('UPDATE concerts SET indexed_version = GREATEST(indexed_version, ?) WHERE id IN (?)', [version, ids]);
  }
}

/**
 * Takes a concert's event into the search index. An index that is out does not hold events up: the concert stays
 * marked as unindexed, and keep-index.ts makes it good.
 */
export async function indexConcert(ctx: { db: Database; index: SearchIndex }, concert: ConcertState): Promise<void> {
  const indexed = await ctx.index.ask(putConcerts(indexAlias, [concert]));
  if (indexed) await markIndexed(ctx.db, indexed);
}
