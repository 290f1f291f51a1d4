import { nameKeys } from './concert-document.ts';
import { distance } from './edit-distance.ts';
import { endsInInitials, initialsOf, isInitials } from './hangul.ts';
import type { Reading } from './read-query.ts';
import { keyOf, wordsOf } from './search-words.ts';
import { tolerance } from './thesaurus.ts';

/** A word of a text, with where it stands and by what it is compared. */
interface Place {
  word: string;
  key: string;
  /** Undefined when the word is not all Korean. */
  initials: string | undefined;
  start: number;
  end: number;
}

/** Texts in which words of a query stand in `<mark>`; what else they hold is safe in HTML. */
export interface Highlights {
  title: string;
  artist: string;
  venue: string;
  description: string;
}

/**
 * What marks the texts that a query found. It goes by the words and not by what the index says, so that search by SQL marks the same.
 * A text without anything to mark comes out empty.
 */
export function createHighlighter(readings: Reading[]): (texts: Highlights) => Highlights {
  const concepts = readings.flat();
  const written = concepts.flatMap((concept) => [...concept.written, ...concept.begun]);
  const all = [...written, ...concepts.flatMap((concept) => concept.guessed)];
  const [asWritten, asGuessed, asMisspelt] = [createMarker(written), createMarker(all), createMarker(all, true)];
  return (texts) => {
    const { title, artist, venue, description } = texts;
    const searched = [title, artist, venue, description].map((text) => ({ text, places: placesOf(text) }));
    const exact = searched.map(asWritten);
    if (exact.some((text) => text !== '')) return toHighlights(exact);
    // Typing errors are looked for in names alone.
    return toHighlights([...searched.slice(0, -1).map(asMisspelt), ...searched.slice(-1).map(asGuessed)]);
  };
}

interface Searched {
  text: string;
  places: Place[];
}

type Marker = (searched: Searched) => string;

function toHighlights([title = '', artist = '', venue = '', description = '']: string[]): Highlights {
  return { title, artist, venue, description };
}

const mostTogether = 3;
const contextLength = 120;
// Whoever has read so far knows whether the text is about it.
const longestSearched = 2_000;

/** @param almost true to mark also what is written a little differently */
function createMarker(forms: string[], almost = false): Marker {
  const wanted = [...new Set(forms)];
  const initials = wanted.filter(isInitials);
  const shortened = wanted.filter(endsInInitials).map((word) => ({ key: keyOf(word), syllables: keyOf(word.replace(/[ㄱ-ㅎ]+$/, '')) }));
  const whole = wanted.map((word) => ({ word, key: keyOf(word) }));
  const longest = Math.max(0, ...whole.map(({ key }) => key.length));
  // A long text has many words, and few that begin with the letter of one that is looked for.
  const byLetter = new Map<string, string[]>();
  for (const { key } of whole) byLetter.set(key.slice(0, 1), [...(byLetter.get(key.slice(0, 1)) ?? []), key]);
  const sameLetter = (key: string): string[] => byLetter.get(key.slice(0, 1)) ?? [];
  const fits = (found: Place): boolean =>
    sameLetter(found.key).some((key) => found.key.startsWith(key)) ||
    initials.some((form) => found.initials?.startsWith(form)) ||
    shortened.some(({ key, syllables }) => found.key.startsWith(syllables) && nameKeys(found.word).some((name) => name.startsWith(key))) ||
    (almost && whole.some((form) => isAlmost(form, found)));
  // Neighbours may be one word only where the first is the beginning of one that is looked for.
  const mayGoOn = ({ key, initials: own = '-' }: Place): boolean =>
    (almost && key.length < longest) ||
    sameLetter(key).some((form) => form.startsWith(key)) ||
    initials.some((form) => form.startsWith(own)) ||
    shortened.some(({ syllables }) => syllables.startsWith(key) || key.startsWith(syllables));
  return ({ text, places }) => render(text, rangesOf(places, fits, mayGoOn));
}

type Check = (place: Place) => boolean;

/** The first words that fit, as far as they are shown. */
function rangesOf(places: Place[], fits: Check, mayGoOn: Check): [number, number][] {
  const ranges: [number, number][] = [];
  for (let first = 0; first < places.length; first += 1) {
    let place = places[first];
    if (!place || (ranges[0] && place.start > ranges[0][0] + 2 * contextLength)) break;
    // Neighbours are tried as one word too, the shortest first.
    const last = mayGoOn(place) ? first + mostTogether - 1 : first;
    for (let next = first; place; place = joined(place, places[next])) {
      if (fits(place)) {
        ranges.push([place.start, place.end]);
        first = next;
        break;
      }
      next += 1;
      if (next > last) break;
    }
  }
  return ranges;
}

/** Two neighbours as one word. */
function joined(place: Place, next: Place | undefined): Place | undefined {
  if (!next) return undefined;
  const initials = place.initials === undefined || next.initials === undefined ? undefined : place.initials + next.initials;
  return { word: place.word + next.word, key: place.key + next.key, initials, start: place.start, end: next.end };
}

/** The text around the first mark, if it is long. */
function render(text: string, ranges: [number, number][]): string {
  if (ranges.length === 0) return '';
  const [[firstStart]] = [ranges[0] ?? [0, 0]];
  const from = characterAt(text, firstStart > contextLength ? firstStart - contextLength / 2 : 0);
  const until = characterAt(text, Math.min(text.length, from + 2 * contextLength));
  let position = from;
  let marked = from > 0 ? '…' : '';
  for (const [start, end] of ranges.filter(([, end]) => end <= until)) {
    marked += `${escapeHtml(text.slice(position, start))}<mark>${escapeHtml(text.slice(start, end))}</mark>`;
    position = end;
  }
  return `${marked}${escapeHtml(text.slice(position, until))}${until < text.length ? '…' : ''}`;
}

/** Where the character begins that a text has at this place: between the halves of one, it would be cut in two. */
function characterAt(text: string, place: number): number {
  return (text.codePointAt(place - 1) ?? 0) > 0xffff ? place - 1 : place;
}

function placesOf(text: string): Place[] {
  return [...text.slice(0, longestSearched).matchAll(/[\p{L}\p{N}\p{M}]+/gu)].flatMap((match) => {
    const word = wordsOf(match[0]).join('');
    return word === ''
      ? []
      : [{ word, key: keyOf(word), initials: initialsOf(word), start: match.index, end: match.index + match[0].length }];
  });
}

function isAlmost(wanted: { word: string; key: string }, found: Place): boolean {
  return (
    distance(wanted.key, found.key, tolerance(wanted.key)) !== Infinity ||
    (wanted.word.length > 2 && distance(wanted.word, found.word, 1) !== Infinity)
  );
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
