import { isInitials, toLetters, toOtherLayout } from './hangul.ts';
import { withoutParticle, wordsOf } from './search-words.ts';
import type { Thesaurus } from './thesaurus.ts';

/** One thing that a person asked for, in all the ways in which it can be written. Each is one word, whatever was typed. */
export interface Concept {
  written: string[];
  /** What it may become, if it is still being typed. */
  begun: string[];
  /** What else may have been meant, if it is misspelt. */
  guessed: string[];
  /** True when it can't be misspelt, because it is known or because a word was joined to it that tells nothing. */
  exact: boolean;
  /** The month that it names, 1 to 12. */
  month?: number;
  /** True for "concert", "for", months and the like, typed or begun, which tell no concert from another: they rank, but nothing must say them. */
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
    '일정 날짜 시간 가격 좌석 정보 장소 예매처 dates date schedule price prices seats info when where',
    '내한 내한공연 단독 단독공연 앵콜 앙코르 encore 주말 평일 오늘 내일 이번주 다음주 이번달 다음달 weekend today tomorrow',
    '월요일 화요일 수요일 목요일 금요일 토요일 일요일 monday tuesday wednesday thursday friday saturday sunday',
    '하는 있는 열리는 보러 보고 싶은 추천 언제 어디 및 the a an of for in at on and with near is to see',
  ].flatMap((words) => words.split(' ')),
);
const generalKeys = [...generalWords].map(toLetters);
const monthNames = 'january february march april may june july august september october november december'.split(' ');

/** The ways to read a query, the likeliest first. */
export function readQuery(q: string, thesaurus: Thesaurus): Reading[] {
  const words = wordsOf(q).slice(0, mostWords);
  if (words.length === 0) return [];
  const typed = toConcepts(words, thesaurus);
  const others = unique([...joinings(words), ...splittings(words, thesaurus)]).filter((other) => other.join(' ') !== words.join(' '));
  return [typed, ...others.map((other) => toConcepts(other, thesaurus, joinedToGeneral(typed, other)))];
}

/** The words that another reading has made of one that tells nothing: with two letters wrong, iu콘서트 would be every 콘서트. */
function joinedToGeneral(typed: Reading, other: string[]): string[] {
  const isLost = typed.some(({ written, general }) => general && !other.includes(written[0] ?? ''));
  return isLost ? other.filter((word) => !typed.some(({ written }) => written[0] === word)) : [];
}

/** Two neighbours written as one, and all words written as one. */
function joinings(words: string[]): string[][] {
  if (words.length < 2 || words.length > mostJoined) return [];
  const pairs = words.slice(1).map((word, index) => [...words.slice(0, index), `${words[index]}${word}`, ...words.slice(index + 2)]);
  return [...pairs, [words.join('')]];
}

/** A word that begins or ends with known ones, in its parts: 아이유콘서트, 아이유부산콘서트. */
function splittings(words: string[], thesaurus: Thesaurus): string[][] {
  if (words.length > mostJoined) return [];
  return words.flatMap((word, index) => {
    const parts = splitAtKnown(word, thesaurus);
    return parts ? [[...words.slice(0, index), ...parts, ...words.slice(index + 1)]] : [];
  });
}

const shortestPart = 2;

function splitAtKnown(word: string, thesaurus: Thesaurus): string[] | undefined {
  if (isInitials(word) || thesaurus.meanings(word)) return undefined;
  const places = Array.from({ length: Math.max(0, word.length - 2 * shortestPart + 1) }, (_, index) => index + shortestPart);
  const splits = places.map((place) => [word.slice(0, place), word.slice(place)] as const);
  const known = (part: string): boolean => thesaurus.meanings(part) !== undefined;
  const found =
    splits.find(([head, tail]) => known(head) && known(tail)) ?? splits.toReversed().find(([head, tail]) => known(head) || known(tail));
  return found?.flatMap((part) => (known(part) ? part : (splitAtKnown(part, thesaurus) ?? part)));
}

/**
 * Phrases that the thesaurus knows become one concept, every other word its own; what is said twice is wanted once.
 * @param exact words that are not taken for misspelt
 */
function toConcepts(words: string[], thesaurus: Thesaurus, exact: string[] = []): Reading {
  const asked = new Set<string>();
  for (let start = 0; start < words.length; ) {
    const length = knownPhrase(words, start, thesaurus) ?? 1;
    asked.add(words.slice(start, start + length).join(''));
    start += length;
  }
  const concepts = [...asked].map((word, index) =>
    toConcept(word, thesaurus, { isLast: index === asked.size - 1, isExact: exact.includes(word) }),
  );
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

/** @param how isLast: it may still be being typed */
function toConcept(word: string, thesaurus: Thesaurus, { isLast, isExact }: { isLast: boolean; isExact: boolean }): Concept {
  const meanings = thesaurus.meanings(word) ?? [];
  const stem = withoutParticle(word) ?? word;
  const written = [...new Set([word, stem, ...meanings])];
  const isKnown = meanings.length > 0;
  const exact = isKnown || isExact;
  const guessed = exact ? [] : guesses(word, stem, thesaurus).filter((guess) => !written.includes(guess));
  const begun = isKnown || !isLast ? [] : thesaurus.completions(word);
  const general = [...written, ...guessed].some(isGeneral) || (isLast && !exact && beginsGeneral(word));
  const month = monthOf(word);
  return { written, begun, guessed, exact, general, ...(month !== undefined && { month }) };
}

function isGeneral(word: string): boolean {
  return generalWords.has(word) || monthOf(word) !== undefined || /^20\d\d년?$/.test(word);
}

function monthOf(word: string): number | undefined {
  const number = monthNames.indexOf(word) + 1 || Number(/^(1[0-2]|[1-9])월[에의]?$/.exec(word)?.[1]);
  return number || undefined;
}

function guesses(word: string, stem: string, thesaurus: Thesaurus): string[] {
  const retyped = toOtherLayout(word);
  return [...new Set([...thesaurus.guesses(word), ...thesaurus.guesses(stem), ...(retyped === undefined ? [] : [retyped])])];
}

const shortestBeginning = 3;

/** True for what becomes "concert" and the like when one types on: as long as it tells nothing, it must not take hits away. */
function beginsGeneral(word: string): boolean {
  const letters = toLetters(word);
  return letters.length >= shortestBeginning && generalKeys.some((key) => key.startsWith(letters));
}

function unique(readings: string[][]): string[][] {
  return [...new Map(readings.map((words) => [words.join(' '), words])).values()];
}
