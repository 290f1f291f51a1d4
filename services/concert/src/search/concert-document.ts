import type { EventData } from '@ticketing/contracts/events';
import { undated } from './search-query.ts';

/** A concert in the search index; see index-definition.ts for how each field is analysed. */
export interface ConcertDocument {
  id: string;
  title: string;
  artist: string;
  description: string;
  venue: string;
  city: string;
  /** Local dates at the venue (YYYY-MM-DD). */
  startsOn: string | null;
  endsOn: string | null;
  listedOn: string;
  saleOpensAt: string;
}

export function toDocument(concert: EventData<'concert.updated'>): ConcertDocument {
  const { concertId, title, artist, description, venue, startsOn, endsOn, saleOpensAt } = concert;
  return {
    id: concertId,
    title,
    artist,
    description,
    venue: venue.name,
    city: venue.city,
    startsOn,
    endsOn,
    listedOn: startsOn ?? undated,
    saleOpensAt,
  };
}
