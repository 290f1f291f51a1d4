import type { Queryable } from '@ticketing/common/database';
import type { SharedCache, SharedKind } from '@ticketing/common/shared-cache';
import { createCounter } from '@ticketing/common/telemetry';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { type ListedConcert, loadConcerts } from '../concerts/listed-concert.ts';
import type { BoundSearches } from './bound-searches.ts';
import { findInCatalogue } from './find-in-catalogue.ts';
import { findInIndex } from './find-in-index.ts';
import { createHighlighter, type Highlights } from './highlight.ts';
import { indexAlias } from './index-definition.ts';
import { cursor, type SearchCursor } from './search-cursor.ts';
import type { SearchIndex } from './search-index.ts';
import type { FoundPage, SearchQuery } from './search-query.ts';

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
  /** At most a second old. @throws Overloaded */
  find: (query: SearchQuery) => Promise<SearchPage>;
  forget: () => void;
}

// A page may have a megabyte of descriptions, and stays until others take its place; the container has 512 MiB.
const mostBytes = 32 * 2 ** 20;

export interface SearchSources {
  db: Queryable;
  index: SearchIndex;
  /** What other instances have found in the index. */
  shared: SharedCache;
  /** Runs what SQL answers. */
  bySql: BoundSearches;
}

const foundPage: SharedKind<FoundPage> = {
  name: `found-in-${indexAlias}`,
  shape: z.object({ ids: z.array(z.uuid()), next: cursor.optional() }).transform(({ ids, next }) => ({ ids, next })),
};

/**
 * Answers searches and remembers the answers for a second, so that a popular search is made once. Where there are words to look for, the
 * index is asked, or SQL where that is out or has too much to do; lists without words are SQL's.
 */
export function createSearchPages({ db, index, shared, bySql }: SearchSources): SearchPages {
  const findPage = async (query: SearchQuery): Promise<SearchPage> => {
    const isList = query.readings.length === 0;
    const found = isList ? undefined : await shared.find(foundPage, questionOf(query), () => index.ask(findInIndex(query)));
    if (!isList) searches.add(1, { source: found ? 'index' : 'catalogue' });
    return found ? readPage(db, query, found, false) : bySql(async () => readPage(db, query, await findInCatalogue(db, query), !isList));
  };
  const cache = new LRUCache<string, SearchPage, SearchQuery>({
    ...{ max: 500, ttl: 1_000, maxSize: mostBytes, sizeCalculation: bytesOf },
    ignoreFetchAbort: true,
    fetchMethod: (_key, _stale, { context }) => findPage(context),
  });
  return {
    find: async (query) => {
      const key = JSON.stringify(questionOf(query));
      return (await cache.fetch(key, { context: query })) ?? findPage(query);
    },
    forget: () => {
      cache.clear();
    },
  };
}

/** A status changes with the second, and asking for it must not make every millisecond a search of its own. */
function questionOf({ now, ...query }: SearchQuery): object {
  return { ...query, second: query.status && Math.floor(now.getTime() / 1_000) };
}

/** Roughly: a character of Korean text takes two bytes, and a concert with its venue some hundred beside its texts. */
function bytesOf({ concerts, highlights }: SearchPage): number {
  const texts = [...concerts, ...highlights].map(({ title, artist, description }) => title.length + artist.length + description.length);
  return texts.reduce((bytes, length) => bytes + 500 + 2 * length, 1_000);
}

/** The index says which concerts; what they are is read from the catalogue, so no answer is staler than that. */
async function readPage(db: Queryable, query: SearchQuery, { ids, next }: FoundPage, degraded: boolean): Promise<SearchPage> {
  const concerts = await loadConcerts(db, ids);
  const highlight = createHighlighter(query.readings);
  const highlights =
    query.readings.length === 0 ? [] : concerts.map((concert) => ({ concertId: concert.id, ...highlight(textsOf(concert)) }));
  return { concerts, highlights, next, degraded };
}

function textsOf({ title, artist, venue, description }: ListedConcert): Highlights {
  return { title, artist, venue: `${venue.name}, ${venue.city}`, description };
}
