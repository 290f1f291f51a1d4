import type { estypes } from '@elastic/elasticsearch';
import type { Database, Queryable } from '@ticketing/common/database';
import { idToBinary } from '@ticketing/common/database';
import type { EventData } from '@ticketing/contracts/events';
import { type ConcertDocument, toDocument } from './concert-document.ts';
import { indexAlias } from './index-definition.ts';
import type { Question, SearchIndex } from './search-index.ts';

/** What is indexed: the state that a concert has at one version. */
export type ConcertState = EventData<'concert.updated'>;

/**
 * Writes concerts into an index under their own version, so that any order and any repetition of writes ends in the newest state.
 * @param target the alias, or an index that is being filled
 * @returns the concerts that the index now has in this version or a newer one
 */
export function putConcerts(target: string, concerts: ConcertState[]): Question<ConcertState[]> {
  return async (client, options) => {
    const operations = concerts.flatMap((concert): (estypes.BulkOperationContainer | ConcertDocument)[] => [
      { index: { _id: concert.concertId, version: concert.version, version_type: 'external' } },
      toDocument(concert),
    ]);
    // Without the alias a bulk would make an index of its name, without the definition.
    const reply = await client.bulk<ConcertDocument>({ index: target, require_alias: target === indexAlias, operations }, options);
    const taken = new Set(reply.items.flatMap(({ index }) => (index && isTaken(index.status) ? [index._id] : [])));
    return concerts.filter(({ concertId }) => taken.has(concertId));
  };
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
