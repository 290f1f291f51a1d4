import { describe, expect, it } from '@jest/globals';
import { toSuggestions } from './suggestions.ts';

const names = {
  artists: ['아이유', '아이브'],
  titles: [
    { title: '아이유', id: '1' },
    { title: '아이유 콘서트', id: '2' },
    { title: '아이유 콘서트', id: '3' },
  ],
};

describe('toSuggestions', () => {
  it('puts artists first and says each text once', () => {
    expect(toSuggestions(names, 10)).toEqual([
      { text: '아이유', kind: 'artist', concertId: undefined },
      { text: '아이브', kind: 'artist', concertId: undefined },
      { text: '아이유 콘서트', kind: 'title', concertId: '2' },
    ]);
  });

  it('keeps to the limit', () => {
    expect(toSuggestions(names, 2)).toHaveLength(2);
  });
});
