import type { EventData } from '@ticketing/contracts/events';
import { type ConcertDocument, toDocument } from './concert-document.ts';
import { indexAlias } from './index-definition.ts';
import type { Question, SearchIndex } from './search-index.ts';

/** What is indexed: the state that a concert has at one version. */
export type ConcertState = EventData<'concert.updated'>;

/** Numbers of concerts. What is neither, the index had in this version or a newer one already. */
export interface Written {
  written: number;
  refused: number;
}

// The sidecar takes bodies of 4 MiB.
const largestBulk = 2_000_000;
// The index has this version, or a newer one.
const alreadyThere = 409;
const tooBusy = 429;

/**
 * Writes concerts into an index under their own version, so that any order and any repetition of writes ends in the newest state.
 * @param target an alias
 */
export function putConcerts(target: string, concerts: ConcertState[]): Question<Written> {
  return async (client, options) => {
    const total = { written: 0, refused: 0 };
    for (const part of partsBySize(concerts.map((concert) => ({ concert, document: toDocument(concert) })))) {
      const operations = part.flatMap(({ concert, document }) => [
        { index: { _id: concert.concertId, version: concert.version, version_type: 'external' as const } },
        document,
      ]);
      // Without the alias a bulk would make an index of its name, without the definition.
      const reply = await client.bulk<ConcertDocument>({ index: target, require_alias: true, operations }, options);
      for (const { index } of reply.items) {
        const status = index?.status ?? 0;
        if (status === tooBusy || status >= 500) throw new Error(`the index did not take a concert now (${status})`);
        if (status >= 200 && status < 300) total.written += 1;
        else if (status !== alreadyThere) total.refused += 1;
      }
    }
    return total;
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

/** Takes events of concerts into the search index. An index that is out does not hold events up: keep-index.ts makes it good. */
export async function indexConcerts({ index }: { index: SearchIndex }, concerts: ConcertState[]): Promise<void> {
  await index.ask(putConcerts(indexAlias, concerts));
}
