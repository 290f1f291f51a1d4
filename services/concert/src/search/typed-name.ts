import { wordsOf } from './search-words.ts';
import type { Thesaurus } from './thesaurus.ts';

/** What a person has typed of a name so far. */
export interface TypedName {
  /** As one word, folded. */
  word: string;
  /** What it is called as well, or what the known names that begin like it are called; where there are none, what it may have been meant to be. */
  meanings: string[];
}

export function readTypedName(q: string, thesaurus: Thesaurus): TypedName {
  const word = wordsOf(q).join('');
  const known = [...(thesaurus.meanings(word) ?? []), ...thesaurus.completions(word)];
  const meant = known.length > 0 ? known : thesaurus.guesses(word);
  return { word, meanings: [...new Set(meant)].filter((meaning) => meaning !== word) };
}
