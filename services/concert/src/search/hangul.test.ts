import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { endsInInitials, initialsOf, isInitials, toLetters, toOtherLayout } from './hangul.ts';

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

  it('may stand behind syllables', () => {
    expect(['방탄ㅅㄴㄷ', 'iu아ㅇ', '방탄', 'ㅅㄴㄷ', '방ㅏ'].map(endsInInitials)).toEqual([true, true, false, false, false]);
  });

  it('has none for words that are not all Korean', () => {
    expect([initialsOf('데이6'), initialsOf('iu'), initialsOf('')]).toEqual([undefined, undefined, undefined]);
    expect([isInitials('ㅇ아'), isInitials('ㅏ'), isInitials('')]).toEqual([false, false, false]);
  });
});

describe('toOtherLayout', () => {
  it.each([
    ['dkdldb', 'ㅇㅏㅇㅣㅇㅠ'],
    ['zhstjxm', 'ㅋㅗㄴㅅㅓㅌㅡ'],
    ['ㅊㅐㅜㅊㄷㄱㅅ', 'concert'],
    ['채ㅣ에ㅣ묘', 'coldplay'],
  ])('takes %s for what other keys would have given', (typed, meant) => {
    expect(toOtherLayout(typed)).toBe(meant);
  });

  it('has nothing for digits, mixtures and short Latin words', () => {
    expect(['day6', 'iu콘서트', 'dkd'].map(toOtherLayout)).toEqual([undefined, undefined, undefined]);
  });
});
