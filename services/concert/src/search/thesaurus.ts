import { distance } from './edit-distance.ts';
import { isKorean, toLetters } from './hangul.ts';
import { fold, withoutParticle, wordsOf } from './search-words.ts';

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
  /** What a misspelt word may have meant: the meanings of the known words that are closest to it. */
  guesses: (word: string) => string[];
  longestPhrase: number;
}

// Shorter words have too many neighbours, and shorter beginnings too many ends.
const shortestGuess = 4;
const shortestBeginning = 2;

export function createThesaurus(groups: SynonymGroup[]): Thesaurus {
  const byWord = new Map<string, string[]>();
  for (const group of groups) {
    const words = group.map(squash).filter((word) => word !== '');
    // A word may stand in several groups; it means all that they say.
    for (const word of words) byWord.set(word, [...new Set([word, ...(byWord.get(word) ?? []), ...words])]);
  }
  const known = [...byWord.keys()].map((word) => ({ word, letters: toLetters(word) }));
  const meanings = (word: string): string[] | undefined => {
    const found = byWord.get(word);
    if (found) return found;
    const stem = withoutParticle(word);
    return stem === undefined ? undefined : byWord.get(stem);
  };
  return {
    meanings,
    completions: (beginning) => {
      const letters = toLetters(beginning);
      if (letters.length < shortestBeginning) return [];
      const begun = known.filter(({ word, letters: theirs }) => word !== beginning && theirs.startsWith(letters));
      return [...new Set(begun.flatMap(({ word }) => byWord.get(word) ?? []))];
    },
    spellings: (name) => {
      const wanted = squash(name);
      return [...new Set([name, ...groups.filter((group) => group.some((phrase) => squash(phrase) === wanted)).flat()])];
    },
    guesses: (word) => {
      const letters = toLetters(word);
      if (letters.length < shortestGuess) return [];
      const most = tolerance(letters);
      const near = known.map(({ word: other, letters: theirs }) => ({ other, edits: editsBetween(word, letters, other, theirs, most) }));
      const closest = Math.min(...near.map(({ edits }) => edits));
      if (closest > most) return [];
      return [...new Set(near.filter(({ edits }) => edits === closest).flatMap(({ other }) => byWord.get(other) ?? []))];
    },
    longestPhrase: Math.max(1, ...groups.flat().map((phrase) => wordsOf(phrase).length)),
  };
}

/** How many letters of a word may be wrong. */
export function tolerance(letters: string): number {
  if (letters.length < shortestGuess) return 0;
  return letters.length < 8 ? 1 : 2;
}

// Two syllables in the wrong order are one mistake, although they are several letters.
function editsBetween(word: string, letters: string, other: string, theirs: string, most: number): number {
  const bySyllable = isKorean(word) && isKorean(other) && word.length >= 3 ? distance(word, other, 1) : Infinity;
  return Math.min(bySyllable, distance(letters, theirs, most));
}

function squash(phrase: string): string {
  return wordsOf(fold(phrase)).join('');
}
