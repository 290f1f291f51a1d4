import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { initialsOf, isInitials, toLetters } from './hangul.ts';

const syllable = fc.integer({ min: 0xac00, max: 0xd7a3 }).map((code) => String.fromCodePoint(code));

describe('toLetters', () => {
  it.each([
    ['아이유', 'ㅇㅏㅇㅣㅇㅠ'],
    ['방탄', 'ㅂㅏㅇㅌㅏㄴ'],
    ['과', 'ㄱㅗㅏ'],
    ['값', 'ㄱㅏㅂㅅ'],
    ['ㅄ', 'ㅂㅅ'],
    ['Day6 식스', 'Day6 ㅅㅣㄱㅅㅡ'],
  ])('takes %s apart', (text, letters) => {
    expect(toLetters(text)).toBe(letters);
  });

  it('makes of what is typed so far a beginning of the whole: 아 → 앙 → 아이', () => {
    for (const typed of ['ㅇ', '아', '아ㅇ', '앙', '아이', '아잉']) expect(toLetters('아이유').startsWith(toLetters(typed))).toBe(true);
  });

  it('leaves no syllable whole, and makes different letters of different syllables', () => {
    fc.assert(fc.property(syllable, (text) => /^[ㄱ-ㅣ]+$/.test(toLetters(text)) && toLetters(text).length >= 2));
    fc.assert(fc.property(syllable, syllable, (a, b) => a === b || toLetters(a) !== toLetters(b)));
  });
});

describe('initialsOf', () => {
  it('takes the first consonants', () => {
    expect(initialsOf('아이유')).toBe('ㅇㅇㅇ');
    expect(initialsOf('빨간')).toBe('ㅃㄱ');
    expect(isInitials('ㅇㅇㅇ')).toBe(true);
  });

  it('has none for words that are not all Korean', () => {
    expect([initialsOf('데이6'), initialsOf('iu'), initialsOf('')]).toEqual([undefined, undefined, undefined]);
    expect([isInitials('ㅇ아'), isInitials('ㅏ'), isInitials('')]).toEqual([false, false, false]);
  });
});
