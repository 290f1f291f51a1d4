import { describe, expect, it } from '@jest/globals';
import { fold, keyOf, withJoined, withoutParticle, wordsOf } from './search-words.ts';

describe('words', () => {
  it('are compared without case, accents and typographic variants', () => {
    expect(fold('Beyoncé ＢＴＳ ﬁn')).toBe('beyonce bts fin');
    expect(fold('아이유'.normalize('NFD'))).toBe('아이유');
  });

  it('keep single Korean letters as they are', () => {
    expect(wordsOf('ㅇㅇㅇ 콘서트!')).toEqual(['ㅇㅇㅇ', '콘서트']);
  });

  it('are parted by whatever is no letter or digit', () => {
    expect(wordsOf('<골든 아워 : 다시, 봄> BWV-988')).toEqual(['골든', '아워', '다시', '봄', 'bwv', '988']);
    expect(wordsOf(' %_!? ')).toEqual([]);
  });

  it('are joined with one or two neighbours, and as a whole', () => {
    expect(withJoined(['a', 'b', 'c', 'd'])).toEqual(['a', 'b', 'c', 'd', 'ab', 'bc', 'cd', 'abc', 'bcd', 'abcd']);
    expect(withJoined([])).toEqual([]);
  });

  it('lose a Korean particle where two syllables are left', () => {
    expect(['콘서트를', '부산에서', '아이', 'concert', '바다에'].map(withoutParticle)).toEqual([
      '콘서트',
      '부산',
      undefined,
      undefined,
      '바다',
    ]);
  });

  it('lose a Korean particle behind other letters and digits, but not what is still being typed', () => {
    expect(['iu의', 'bts가', '데이6의', 'u가', 'rock과', '방탄ㅅ의'].map(withoutParticle)).toEqual([
      ...['iu', 'bts', '데이6', undefined, 'rock', undefined],
    ]);
  });

  it('are looked up by their letters, no more than are stored', () => {
    expect(keyOf('방탄')).toBe('ㅂㅏㅇㅌㅏㄴ');
    expect(keyOf('x'.repeat(100))).toHaveLength(40);
  });
});
