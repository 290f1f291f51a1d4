import { describe, expect, it } from '@jest/globals';
import { fits, type SuggestedName, toSuggestions } from './suggestions.ts';

const name = (text: string, more: Partial<SuggestedName> = {}): SuggestedName => ({
  ...{ text, kind: 'title', concertId: text, fit: fits.word, popularity: 0 },
  ...more,
});
const texts = (names: SuggestedName[], limit = 10): string[] => toSuggestions(names, limit).map(({ text }) => text);

describe('toSuggestions', () => {
  it('puts what fits best first, then what is most popular, then artists', () => {
    const artist = name('artist', { kind: 'artist', concertId: undefined });
    expect(
      texts([
        name('misspelt', { fit: fits.misspelt, popularity: 9 }),
        name('title'),
        artist,
        name('popular', { popularity: 3 }),
        name('begins', { fit: fits.beginning }),
      ]),
    ).toEqual(['begins', 'popular', 'artist', 'title', 'misspelt']);
  });

  it('says each text once', () => {
    const artist = name('IU', { kind: 'artist', concertId: undefined });
    expect(toSuggestions([name('iu'), artist], 10)).toEqual([{ text: 'IU', kind: 'artist', concertId: undefined }]);
  });

  it('keeps to the limit', () => {
    expect(texts([name('a'), name('b'), name('c')], 2)).toHaveLength(2);
  });
});
