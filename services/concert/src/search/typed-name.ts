import { wordsOf } from './search-words.ts';
import type { Thesaurus } from './thesaurus.ts';

/** What a person has typed of a name so far. */
export interface TypedName {
  /** As one word, folded. */
  word: string;
  /** What it is called as well, or what the known names that begin like it are called. */
  meanings: string[];
}

export function readTypedName(q: string, thesaurus: Thesaurus): TypedName {
  const word = wordsOf(q).join('');
  const known = thesaurus.meanings(word) ?? [];
  return { word, meanings: [...new Set([...known, ...thesaurus.completions(word)])].filter((meaning) => meaning !== word) };
}
