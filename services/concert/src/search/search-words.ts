import { isKorean, toLetters } from './hangul.ts';

// Single Korean letters, as they are typed for initials, have no other form; the compatibility forms would make parts of syllables of them.
const notSingleLetters = /[^\u3131-\u318e]+/g;

// What most text is: nothing of it has another form.
const plainText = /^[\x20-\x7e가-힣]*$/;

/** Text as search compares it: without case, accents and typographic variants. */
export function fold(text: string): string {
  if (plainText.test(text)) return text.toLowerCase();
  const plain = text.normalize('NFC').replace(notSingleLetters, (part) => part.normalize('NFKC'));
  return plain.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').normalize('NFC');
}

/** The words of a text, folded. */
export function wordsOf(text: string): string[] {
  return fold(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/**
 * Words, what two or three neighbours become when they are written as one, and the whole text as one: people write 방탄소년단
 * with and without a space.
 */
export function withJoined(words: string[]): string[] {
  const pairs = words.slice(1).map((word, index) => `${words[index]}${word}`);
  const triples = words.slice(2).map((word, index) => `${words[index]}${words[index + 1]}${word}`);
  return [...new Set([...words, ...pairs, ...triples, words.join('')])].filter((word) => word !== '');
}

const particles = ['에서', '으로', '이랑', '까지', '부터', '을', '를', '이', '가', '은', '는', '의', '에', '로', '와', '과', '도', '랑'];

/** A word without the Korean particle at its end, if it may be one and two characters are left (아이유의, IU의); else undefined. */
export function withoutParticle(word: string): string | undefined {
  const particle = particles.find((ending) => word.endsWith(ending) && word.length - ending.length >= 2);
  if (particle === undefined) return undefined;
  const stem = word.slice(0, -particle.length);
  // What ends neither in syllables nor in other letters and digits alone is still being typed.
  return isKorean(stem) || /[^ㄱ-ㆎ가-힣]$/.test(stem) ? stem : undefined;
}

const longestKey = 40;
const plainLatin = /^[\x20-\x7e]*$/;

/** A word as it is looked up: its letters, cut where nobody types on. */
export function keyOf(word: string): string {
  if (plainLatin.test(word)) return word.slice(0, longestKey);
  return Array.from(toLetters(word)).slice(0, longestKey).join('');
}
