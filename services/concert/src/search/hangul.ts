// Letters as keyboards have them, in the order of Unicode's syllables. What is typed with several keys is several letters here, so that every
// state of a syllable that is being typed is the beginning of its letters.
const leads = Array.from('ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ');
const vowels = [
  'ㅏ',
  'ㅐ',
  'ㅑ',
  'ㅒ',
  'ㅓ',
  'ㅔ',
  'ㅕ',
  'ㅖ',
  'ㅗ',
  'ㅗㅏ',
  'ㅗㅐ',
  'ㅗㅣ',
  'ㅛ',
  'ㅜ',
  'ㅜㅓ',
  'ㅜㅔ',
  'ㅜㅣ',
  'ㅠ',
  'ㅡ',
  'ㅡㅣ',
  'ㅣ',
];
const tails = [
  ...['', 'ㄱ', 'ㄲ', 'ㄱㅅ', 'ㄴ', 'ㄴㅈ', 'ㄴㅎ', 'ㄷ', 'ㄹ', 'ㄹㄱ', 'ㄹㅁ', 'ㄹㅂ', 'ㄹㅅ', 'ㄹㅌ', 'ㄹㅍ', 'ㄹㅎ'],
  ...['ㅁ', 'ㅂ', 'ㅂㅅ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅊ', 'ㅋ', 'ㅌ', 'ㅍ', 'ㅎ'],
];
/** Letters that an input method joins although they were typed one by one. */
const joined: Readonly<Record<string, string>> = {
  ...{ ㄳ: 'ㄱㅅ', ㄵ: 'ㄴㅈ', ㄶ: 'ㄴㅎ', ㄺ: 'ㄹㄱ', ㄻ: 'ㄹㅁ', ㄼ: 'ㄹㅂ', ㄽ: 'ㄹㅅ', ㄾ: 'ㄹㅌ', ㄿ: 'ㄹㅍ', ㅀ: 'ㄹㅎ', ㅄ: 'ㅂㅅ' },
  ...{ ㅘ: 'ㅗㅏ', ㅙ: 'ㅗㅐ', ㅚ: 'ㅗㅣ', ㅝ: 'ㅜㅓ', ㅞ: 'ㅜㅔ', ㅟ: 'ㅜㅣ', ㅢ: 'ㅡㅣ' },
};

const firstSyllable = 0xac00;
const lastSyllable = 0xd7a3;

/** Korean syllables as the letters that they are typed with (아이유 → ㅇㅏㅇㅣㅇㅠ); everything else as it is. */
export function toLetters(text: string): string {
  return Array.from(text, lettersOf).join('');
}

function lettersOf(character: string): string {
  const index = syllableIndex(character);
  if (index === undefined) return joined[character] ?? character;
  const lead = leads[Math.floor(index / (vowels.length * tails.length))] ?? '';
  const vowel = vowels[Math.floor(index / tails.length) % vowels.length] ?? '';
  return lead + vowel + (tails[index % tails.length] ?? '');
}

/** The first consonant of each Korean syllable (아이유 → ㅇㅇㅇ); undefined when the word is not all Korean. */
export function initialsOf(word: string): string | undefined {
  const initials = Array.from(word, (character) => {
    const index = syllableIndex(character);
    return index === undefined ? undefined : leads[Math.floor(index / (vowels.length * tails.length))];
  });
  return initials.length > 0 && initials.every((initial) => initial !== undefined) ? initials.join('') : undefined;
}

/** True for consonants alone, which is how people abbreviate Korean names. */
export function isInitials(word: string): boolean {
  return /^[ㄱ-ㅎ]+$/.test(word);
}

/** True for syllables that go on as initials: 방탄ㅅㄴㄷ. */
export function endsInInitials(word: string): boolean {
  return /[가-힣][ㄱ-ㅎ]+$/.test(word);
}

/** True when all of it is Korean syllables. */
export function isKorean(word: string): boolean {
  return /^[가-힣]+$/.test(word);
}

const keyboard = {
  latin: Array.from('qwertyuiopasdfghjklzxcvbnm'),
  korean: Array.from('ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ'),
};
const toKorean = new Map(keyboard.latin.map((letter, index) => [letter, keyboard.korean[index] ?? '']));
const toLatin = new Map(keyboard.korean.map((letter, index) => [letter, keyboard.latin[index] ?? '']));
// Short Latin words would be beginnings of much that is Korean.
const shortestLatin = 4;

/**
 * The letters that the same keys give in the other layout of a Korean keyboard (dkdldb → ㅇㅏㅇㅣㅇㅠ, ㅊㅐㅜㅊㄷㄱㅅ → concert); undefined when
 * a character has no such key.
 */
export function toOtherLayout(word: string): string | undefined {
  const letters = Array.from(toLetters(word));
  const layout = /^[a-z]+$/.test(word) && letters.length >= shortestLatin ? toKorean : toLatin;
  const retyped = letters.map((letter) => layout.get(letter));
  return retyped.every((letter) => letter !== undefined) ? retyped.join('') : undefined;
}

const shifted: Readonly<Record<string, string>> = { ㄲ: 'ㄱ', ㄸ: 'ㄷ', ㅃ: 'ㅂ', ㅆ: 'ㅅ', ㅉ: 'ㅈ', ㅒ: 'ㅐ', ㅖ: 'ㅔ' };

/** Letters as their keys give them without Shift, which nobody knows of who has only small Latin letters. */
export function withoutShift(letters: string): string {
  return Array.from(letters, (letter) => shifted[letter] ?? letter).join('');
}

function syllableIndex(character: string): number | undefined {
  const code = character.codePointAt(0) ?? 0;
  return code >= firstSyllable && code <= lastSyllable ? code - firstSyllable : undefined;
}
