import type { SearchedStatus } from '../concerts/concert-status.ts';
import type { Reading } from './read-query.ts';
import type { SearchCursor } from './search-cursor.ts';

/** What a person looks for. */
export interface SearchQuery {
  /** Words over title, artist, venue and description, in all ways to read them; empty for a plain list. */
  readings: Reading[];
  /** The ways to write the artist's whole name, whatever its case and accents; empty for all. */
  artists: string[];
  /** The ways to write the city. */
  cities: string[];
  status: SearchedStatus | undefined;
  /** Inclusive local dates at the venue (YYYY-MM-DD); a concert fits when its run overlaps. Empty for no bound. */
  from: string;
  to: string;
  sort: 'relevance' | 'date';
  limit: number;
  after: SearchCursor | undefined;
  /** What a status is decided by. */
  now: Date;
}

/** One page of an answer, by ids. */
export interface FoundPage {
  ids: string[];
  /** Where the next page begins; undefined on the last. */
  next: SearchCursor | undefined;
}

/** The date by which concerts without one are listed: after all others. */
export const undated = '9999-12-31';
/** The last date that a concert can have. */
export const lastDated = '9999-12-30';

/** Cuts a page out of one item more than was asked for, which tells whether there is another page. */
export function cutPage<T>(items: T[], limit: number, position: (item: T) => SearchCursor, id: (item: T) => string): FoundPage {
  const page = items.slice(0, limit);
  const last = page.at(-1);
  return { ids: page.map(id), next: items.length > limit && last !== undefined ? position(last) : undefined };
}
