import type { Queryable } from '@ticketing/common/database';
import { createCounter } from '@ticketing/common/telemetry';
import { LRUCache } from 'lru-cache';
import { type ListedConcert, loadConcerts } from '../concerts/listed-concert.ts';
import { findInCatalogue } from './find-in-catalogue.ts';
import { findInIndex } from './find-in-index.ts';
import { createHighlighter, type Highlights } from './highlight.ts';
import type { SearchCursor } from './search-cursor.ts';
import type { SearchIndex } from './search-index.ts';
import type { SearchQuery } from './search-query.ts';

const searches = createCounter('ticketing_searches_total', 'Searches by what answered: the index, or the catalogue in its place');

export interface SearchPage {
  concerts: ListedConcert[];
  /** Of each concert, where there were words to look for. */
  highlights: (Highlights & { concertId: string })[];
  next: SearchCursor | undefined;
  /** True when SQL answered in the place of the index. */
  degraded: boolean;
}

export interface SearchPages {
  /** At most a second old. */
  find: (query: SearchQuery) => Promise<SearchPage>;
  forget: () => void;
}

// A page may have a megabyte of descriptions, and stays until others take its place; the container has 512 MiB.
const mostBytes = 32 * 2 ** 20;

/** Answers searches and remembers the answers for a second, so that a popular search is made once. */
export function createSearchPages(ctx: { db: Queryable; index: SearchIndex }): SearchPages {
  const cache = new LRUCache<string, SearchPage, SearchQuery>({
    ...{ max: 500, ttl: 1_000, maxSize: mostBytes, sizeCalculation: bytesOf },
    ignoreFetchAbort: true,
    fetchMethod: (_key, _stale, { context }) => findPage(ctx, context),
  });
  return {
    find: async (query) => {
      // A status changes with the second, and asking for it must not make every millisecond a search of its own.
      const key = JSON.stringify({ ...query, now: Math.floor(query.now.getTime() / 1_000) });
      return (await cache.fetch(key, { context: query })) ?? findPage(ctx, query);
    },
    forget: () => {
      cache.clear();
    },
  };
}

/** Roughly: a character of Korean text takes two bytes, and a concert with its venue some hundred beside its texts. */
function bytesOf({ concerts, highlights }: SearchPage): number {
  const texts = [...concerts, ...highlights].map(({ title, artist, description }) => title.length + artist.length + description.length);
  return texts.reduce((bytes, length) => bytes + 500 + 2 * length, 1_000);
}

/** The index says which concerts; what they are is read from the catalogue, so no answer is staler than that. */
async function findPage({ db, index }: { db: Queryable; index: SearchIndex }, query: SearchQuery): Promise<SearchPage> {
  const found = await index.ask(findInIndex(query));
  searches.add(1, { source: found ? 'index' : 'catalogue' });
  const { ids, next } = found ?? (await findInCatalogue(db, query));
  const concerts = await loadConcerts(db, ids);
  const highlight = createHighlighter(query.readings);
  const highlights =
    query.readings.length === 0 ? [] : concerts.map((concert) => ({ concertId: concert.id, ...highlight(textsOf(concert)) }));
  return { concerts, highlights, next, degraded: !found };
}

function textsOf({ title, artist, venue, description }: ListedConcert): Highlights {
  return { title, artist, venue: `${venue.name}, ${venue.city}`, description };
}
