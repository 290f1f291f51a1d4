import type { EventData } from '@ticketing/contracts/events';
import { initialsOf } from './hangul.ts';
import { undated } from './search-query.ts';
import { keyOf, withJoined, withoutParticle, wordsOf } from './search-words.ts';

/** A concert in the search index; see index-definition.ts for how each field is analysed. */
export interface ConcertDocument {
  id: string;
  title: string;
  artist: string;
  description: string;
  venue: string;
  city: string;
  /** Keys by which words are found, see textKeys. */
  titleKeys: string[];
  artistKeys: string[];
  placeKeys: string[];
  /** The whole name as one key, and its initials. */
  titleName: string[];
  artistName: string[];
  popularity: number;
  /** Local dates at the venue (YYYY-MM-DD). */
  startsOn: string | null;
  endsOn: string | null;
  listedOn: string;
  saleOpensAt: string;
  lastStartsAt: string | null;
  cancelled: boolean;
}

export function toDocument(concert: EventData<'concert.updated'>): ConcertDocument {
  const { concertId, title, artist, description, venue, startsOn, endsOn, saleOpensAt, lastStartsAt, popularity, cancelled } = concert;
  return {
    id: concertId,
    title,
    artist,
    description,
    venue: venue.name,
    city: venue.city,
    titleKeys: textKeys(title),
    artistKeys: textKeys(artist),
    placeKeys: [...new Set([...textKeys(venue.name), ...textKeys(venue.city)])],
    titleName: nameKeys(title),
    artistName: nameKeys(artist),
    popularity,
    startsOn,
    endsOn,
    listedOn: startsOn ?? undated,
    saleOpensAt,
    lastStartsAt,
    cancelled,
  };
}

/** The letters and the initials of each word, of neighbours written as one, and of the whole. */
export function textKeys(text: string): string[] {
  const words = withJoined(wordsOf(text));
  const stems = words.flatMap((word) => withoutParticle(word) ?? []);
  return unique([...words, ...stems, ...words.flatMap((word) => initialsOf(word) ?? [])].map(keyOf));
}

/** The letters of a whole name, its initials, and what is between: its first syllables with the initials of the others (방탄ㅅㄴㄷ). */
export function nameKeys(name: string): string[] {
  const whole = wordsOf(name).join('');
  const syllables = Array.from(whole);
  const shortened = syllables.map((_, index) => {
    const initials = initialsOf(syllables.slice(index).join(''));
    return initials === undefined ? '' : syllables.slice(0, index).join('') + initials;
  });
  return unique([whole, ...shortened].map(keyOf));
}

function unique(keys: string[]): string[] {
  return [...new Set(keys)].filter((key) => key !== '');
}
