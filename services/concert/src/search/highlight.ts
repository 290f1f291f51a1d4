import { distance } from './edit-distance.ts';
import { initialsOf, isInitials } from './hangul.ts';
import type { Reading } from './read-query.ts';
import { keyOf, withoutParticle, wordsOf } from './search-words.ts';
import { tolerance } from './thesaurus.ts';

/** A word of a text, with where it stands. */
interface Place {
  word: string;
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
 * Marks what a query found. It goes by the words and not by what the index says, so that search by SQL marks the same.
 * A text without anything to mark comes out empty.
 */
export function highlight(texts: Highlights, readings: Reading[]): Highlights {
  const concepts = readings.flat();
  const written = [...new Set(concepts.flatMap((concept) => [...concept.written, ...concept.begun]))];
  const guessed = [...new Set(concepts.flatMap((concept) => concept.guessed))];
  const exact = mapTexts(texts, (text) => mark(text, (place) => written.some((word) => isMeant(word, place))));
  if (Object.values(exact).some((text) => text !== '')) return exact;
  const forms = [...written, ...guessed];
  return mapTexts(texts, (text) => mark(text, (place) => forms.some((word) => isMeant(word, place) || isAlmost(word, place))));
}

function mapTexts(texts: Highlights, change: (text: string) => string): Highlights {
  const { title, artist, venue, description } = texts;
  return { title: change(title), artist: change(artist), venue: change(venue), description: change(description) };
}

const mostTogether = 3;
const contextLength = 120;

function mark(text: string, fits: (word: string) => boolean): string {
  const places = placesOf(text);
  const ranges: [number, number][] = [];
  for (let first = 0; first < places.length; first += 1) {
    // Neighbours are tried as one word too, the shortest first.
    for (let count = 1; count <= Math.min(mostTogether, places.length - first); count += 1) {
      const together = places.slice(first, first + count);
      if (!fits(together.map(({ word }) => word).join(''))) continue;
      ranges.push([together[0]?.start ?? 0, together.at(-1)?.end ?? 0]);
      first += count - 1;
      break;
    }
  }
  return ranges.length === 0 ? '' : render(text, ranges);
}

/** The text around the first mark, if it is long. */
function render(text: string, ranges: [number, number][]): string {
  const [[firstStart]] = [ranges[0] ?? [0, 0]];
  const from = firstStart > contextLength ? firstStart - contextLength / 2 : 0;
  const until = Math.min(text.length, from + 2 * contextLength);
  let position = from;
  let marked = from > 0 ? '…' : '';
  for (const [start, end] of ranges.filter(([, end]) => end <= until)) {
    marked += `${escapeHtml(text.slice(position, start))}<mark>${escapeHtml(text.slice(start, end))}</mark>`;
    position = end;
  }
  return `${marked}${escapeHtml(text.slice(position, until))}${until < text.length ? '…' : ''}`;
}

function placesOf(text: string): Place[] {
  return [...text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)].flatMap((match) => {
    const word = wordsOf(match[0]).join('');
    return word === '' ? [] : [{ word, start: match.index, end: match.index + match[0].length }];
  });
}

function isMeant(form: string, word: string): boolean {
  if (isInitials(form)) return initialsOf(word)?.startsWith(form) ?? false;
  return keyOf(word).startsWith(keyOf(form)) || withoutParticle(word) === form;
}

function isAlmost(form: string, word: string): boolean {
  const [key, theirs] = [keyOf(form), keyOf(word)];
  return distance(key, theirs, tolerance(key)) !== Infinity || (form.length > 2 && distance(form, word, 1) !== Infinity);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
