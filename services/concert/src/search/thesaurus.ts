import { areFar, distance, lettersIn } from './edit-distance.ts';
import { initialsOf, isInitials, isKorean, toLetters, toOtherLayout, withoutShift } from './hangul.ts';
import { fold, keyOf, withoutParticle, wordsOf } from './search-words.ts';

/** Words that mean the same to a person who searches. */
export type SynonymGroup = string[];

/** What is known about words, however they are spaced and cased. */
export interface Thesaurus {
  /** All words that mean the same as this, itself among them; undefined for an unknown word. */
  meanings: (word: string) => string[] | undefined;
  /** The meanings of known words that begin with this one, which is still being typed. */
  completions: (beginning: string) => string[];
  /** The phrases of a name's groups as they were written, the name among them. */
  spellings: (name: string) => string[];
  /**
   * What initials, a misspelt word, one typed in the wrong keyboard layout or two syllables of a longer one (데식) may have meant: the meanings
   * of the known words closest to it.
   */
  guesses: (word: string) => string[];
  longestPhrase: number;
}

interface AskedWord {
  word: string;
  letters: string;
  /** All of it is Korean syllables. */
  korean: boolean;
  /** What it and its letters are made of, see lettersIn. */
  bits: { word: number; letters: number };
}

interface KnownWord extends AskedWord {
  /** Its letters as they are typed without Shift. */
  keys: string;
}

// Shorter words have too many neighbours, and shorter beginnings too many ends.
const shortestGuess = 4;
const shortestSwap = 3;
const shortestBeginning = 2;
const shortestInitials = 3;
// Each is asked for like a word that was typed.
const mostCompletions = 12;
const mostMeanings = 24;

export function createThesaurus(groups: SynonymGroup[]): Thesaurus {
  const byWord = new Map<string, string[]>();
  for (const group of groups) {
    const words = group.map(squash).filter((word) => word !== '');
    // A word may stand in several groups; it means all that they say, the first ones of very many.
    for (const word of words) byWord.set(word, [...new Set([word, ...(byWord.get(word) ?? []), ...words])].slice(0, mostMeanings));
  }
  const known = [...byWord.keys()].map((word): KnownWord => ({ ...askedWord(word), keys: withoutShift(toLetters(word)) }));
  const byFirstLetter = new Map<string, KnownWord[]>();
  for (const one of known) {
    const first = one.letters.charAt(0);
    byFirstLetter.set(first, [...(byFirstLetter.get(first) ?? []), one]);
  }
  const byInitials = new Map<string, string[]>();
  for (const word of byWord.keys()) {
    const initials = initialsOf(word) ?? '';
    if (initials.length >= shortestInitials) byInitials.set(initials, [...(byInitials.get(initials) ?? []), ...meaningsOf(word)]);
  }
  const meanings = (word: string): string[] | undefined => {
    const found = byWord.get(word);
    if (found) return found;
    const stem = [withoutParticle(word), ...singularsOf(word)].find((form) => form !== undefined && byWord.has(form));
    return stem === undefined ? undefined : byWord.get(stem);
  };
  return {
    meanings,
    completions: (beginning) => {
      const letters = toLetters(beginning);
      if (letters.length < shortestBeginning) return [];
      const begun = byFirstLetter
        .get(letters.charAt(0))
        ?.filter(({ word, letters: theirs }) => word !== beginning && theirs.startsWith(letters));
      return [...new Set((begun ?? []).flatMap(({ word }) => meaningsOf(word)))].slice(0, mostCompletions);
    },
    spellings: (name) => {
      const wanted = squash(name);
      return [...new Set([name, ...groups.filter((group) => group.some((phrase) => squash(phrase) === wanted)).flat()])];
    },
    guesses: (word) => {
      if (isInitials(word)) return byInitials.get(word) ?? [];
      const asked = askedWord(word);
      const closest = closestOf(asked, known);
      const meant = closest.length > 0 || !mayBeClipped(asked) ? closest : known.filter((other) => isClipped(asked, other));
      return [...new Set(meant.flatMap((other) => meaningsOf(other.word)))].slice(0, mostMeanings);
    },
    longestPhrase: Math.max(1, ...groups.flat().map((phrase) => wordsOf(phrase).length)),
  };

  function meaningsOf(word: string): string[] {
    return byWord.get(word) ?? [];
  }
}

function askedWord(word: string): AskedWord {
  const letters = toLetters(word);
  return { word, letters, korean: isKorean(word), bits: { word: lettersIn(word), letters: lettersIn(letters) } };
}

const shortestPlural = 5;

/** What an English word may be the plural of. */
function singularsOf(word: string): string[] {
  if (word.length < shortestPlural || !/^[a-z]+s$/.test(word)) return [];
  return [word.slice(0, -1), word.replace(/ies$/, 'y'), word.replace(/es$/, '')];
}

/** The words that are fewest edits from another, if they are few enough. It looks at every known word for each one that is asked for. */
function closestOf(asked: AskedWord, known: readonly KnownWord[]): KnownWord[] {
  const retyped = toOtherLayout(asked.word);
  let closest: KnownWord[] = [];
  let fewest = Infinity;
  for (const other of known) {
    const edits = other.keys === retyped ? 0 : editsBetween(asked, other);
    if (edits === Infinity || edits > fewest) continue;
    if (edits < fewest) closest = [];
    fewest = edits;
    closest.push(other);
  }
  return closest;
}

const clippedLength = 2;
const shortestClipped = 4;

function mayBeClipped({ word, korean }: AskedWord): boolean {
  return korean && word.length === clippedLength;
}

/** True when a word is the first and a later syllable of a longer one, as people shorten names. */
function isClipped({ word }: AskedWord, longer: AskedWord): boolean {
  if (!longer.korean || longer.word.length < shortestClipped) return false;
  return longer.word[0] === word[0] && longer.word.includes(word[1] ?? '', clippedLength);
}

/** How many letters of a word may be wrong: of a Korean one at least one syllable, which is two of them. */
export function mistakesIn(word: string): number {
  if (isInitials(word)) return 0;
  return Math.max(tolerance(keyOf(word)), isKorean(word) && word.length >= shortestSwap ? 2 : 0);
}

/** How many letters of a word may be wrong. */
export function tolerance(letters: string): number {
  if (letters.length < shortestGuess) return 0;
  return letters.length < 8 ? 1 : 2;
}

// One wrong letter is likelier than one wrong syllable.
const syllableEdit = 0.5;

// Two syllables in the wrong order are one mistake, although they are several letters.
function editsBetween(asked: AskedWord, other: AskedWord): number {
  const { word, letters } = asked;
  // Of a short word all letters must be there: bst, iuu.
  if (letters.length < shortestGuess)
    return letters.length >= shortestSwap && haveSameLetters(asked, other) ? distance(letters, other.letters, 1) : Infinity;
  const inSyllables = asked.korean && other.korean && word.length >= 3 && !areFar(asked.bits.word, other.bits.word, 1);
  const most = tolerance(letters);
  return Math.min(
    inSyllables ? distance(word, other.word, 1) + syllableEdit : Infinity,
    areFar(asked.bits.letters, other.bits.letters, most) ? Infinity : distance(letters, other.letters, most),
  );
}

function haveSameLetters(asked: AskedWord, other: AskedWord): boolean {
  if (asked.bits.letters !== other.bits.letters) return false;
  const [letters, theirs] = [new Set(asked.letters), new Set(other.letters)];
  return letters.size === theirs.size && [...letters].every((letter) => theirs.has(letter));
}

function squash(phrase: string): string {
  return wordsOf(fold(phrase)).join('');
}
