import { isInitials } from './hangul.ts';
import { withoutParticle, wordsOf } from './search-words.ts';
import type { Thesaurus } from './thesaurus.ts';

/** One thing that a person asked for, in all the ways in which it can be written. Each is one word, whatever was typed. */
export interface Concept {
  written: string[];
  /** What it may become, if it is still being typed. */
  begun: string[];
  /** What else may have been meant, if it is misspelt. */
  guessed: string[];
  /** True for "concert", "for" and the like, which tell no concert from another: they rank, but nothing must say them. */
  general: boolean;
}

/** One way to read a query: all of its concepts must fit. */
export type Reading = Concept[];

// A sentence of fifty words is no search; the first ones decide.
const mostWords = 8;
// Of a longer query, no word is suspected of being half of another.
const mostJoined = 4;

const generalWords = new Set(
  [
    '콘서트 공연 라이브 투어 티켓 예매 concert concerts live tour ticket tickets gig show',
    '하는 있는 열리는 보러 보고 싶은 추천 및 the a an of for in at on and with near',
  ].flatMap((words) => words.split(' ')),
);

/** The ways to read a query, the likeliest first. */
export function readQuery(q: string, thesaurus: Thesaurus): Reading[] {
  const words = wordsOf(q).slice(0, mostWords);
  if (words.length === 0) return [];
  return unique([words, ...joinings(words), ...splittings(words, thesaurus)]).map((reading) => toConcepts(reading, thesaurus));
}

/** Two neighbours written as one, and all words written as one. */
function joinings(words: string[]): string[][] {
  if (words.length < 2 || words.length > mostJoined) return [];
  const pairs = words.slice(1).map((word, index) => [...words.slice(0, index), `${words[index]}${word}`, ...words.slice(index + 2)]);
  return [...pairs, [words.join('')]];
}

/** A word that begins or ends with a known one, as two: 아이유콘서트. */
function splittings(words: string[], thesaurus: Thesaurus): string[][] {
  if (words.length > mostJoined) return [];
  return words.flatMap((word, index) => {
    const parts = splitAtKnown(word, thesaurus);
    return parts ? [[...words.slice(0, index), ...parts, ...words.slice(index + 1)]] : [];
  });
}

const shortestPart = 2;

function splitAtKnown(word: string, thesaurus: Thesaurus): [string, string] | undefined {
  if (isInitials(word) || thesaurus.meanings(word)) return undefined;
  const places = Array.from({ length: Math.max(0, word.length - 2 * shortestPart + 1) }, (_, index) => index + shortestPart);
  const splits = places.map((place) => [word.slice(0, place), word.slice(place)] as const);
  const known = (part: string): boolean => thesaurus.meanings(part) !== undefined;
  const found =
    splits.find(([head, tail]) => known(head) && known(tail)) ?? splits.toReversed().find(([head, tail]) => known(head) || known(tail));
  return found ? [...found] : undefined;
}

/** Phrases that the thesaurus knows become one concept, every other word its own; what is said twice is wanted once. */
function toConcepts(words: string[], thesaurus: Thesaurus): Reading {
  const asked = new Set<string>();
  for (let start = 0; start < words.length; ) {
    const length = knownPhrase(words, start, thesaurus) ?? 1;
    asked.add(words.slice(start, start + length).join(''));
    start += length;
  }
  const concepts = [...asked].map((word) => toConcept(word, thesaurus));
  // Where everything is general, it is what was asked for.
  return concepts.every((concept) => concept.general) ? concepts.map((concept) => ({ ...concept, general: false })) : concepts;
}

function knownPhrase(words: string[], start: number, thesaurus: Thesaurus): number | undefined {
  const longest = Math.min(thesaurus.longestPhrase, words.length - start);
  for (let length = longest; length > 1; length -= 1) {
    if (thesaurus.meanings(words.slice(start, start + length).join(''))) return length;
  }
  return undefined;
}

function toConcept(word: string, thesaurus: Thesaurus): Concept {
  const meanings = thesaurus.meanings(word) ?? [];
  const written = [...new Set([word, withoutParticle(word) ?? word, ...meanings])];
  const guessed = meanings.length > 0 || isInitials(word) ? [] : thesaurus.guesses(word).filter((guess) => !written.includes(guess));
  const begun = meanings.length > 0 ? [] : thesaurus.completions(word);
  return { written, begun, guessed, general: [...written, ...guessed].some((form) => generalWords.has(form)) };
}

function unique(readings: string[][]): string[][] {
  return [...new Map(readings.map((words) => [words.join(' '), words])).values()];
}
