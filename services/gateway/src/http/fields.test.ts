import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { z } from 'zod';
import { emailAddress, line, paragraphs, searched, secret } from './fields.ts';

const name = line(1, 100);

function refusalOf(field: z.ZodType, value: string): string | undefined {
  return field.safeParse(value).error?.issues[0]?.message;
}

/** What shows on no screen, or changes what is shown beside it. */
const hidden = [
  ...['\u200b', '\u200e', '\u200f', '\u061c', '\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069'],
  ...['\u3164', '\u115f', '\u1160', '\uffa0', '\u00ad', '\u034f', '\u2060', '\u2061', '\u2064', '\u206a', '\ufff9', '\ufffe', '\u{1d173}'],
  ...['\u{e0001}', '\u{e0041}', '\u200c', '\u200d', '\u2028', '\0', '\u0007', '\u001b', '\u007f', '\u0085', '\ud800', '\udfff'],
];
const controls = hidden.map((value) => [value.codePointAt(0)?.toString(16).padStart(4, '0') ?? '', value] as const);

const meaningful = [
  ...['👩‍💻', '👨‍👩‍👧‍👦', '🧑🏽‍🤝‍🧑🏿', '❤️‍🔥', '🏳️‍🌈', '👁️‍🗨️', '1️⃣', '🇰🇷', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '☺︎', '🍣', '🍺'],
  ...['مرحبا بالعالم', 'می‌خواهم', 'CD‌ها', '۵‌تایی', 'कृष्ण', 'क्‍ष', 'ක්‍ෂ', 'ശ്രീ', 'ന്‍', 'สวัสดีชาวโลก', 'ᠮᠣᠩᠭᠣᠯ'],
  ...[
    '아이유',
    '한글',
    'ㅋㅋㅋ',
    '훈ᄂ',
    'ᄒᆞᆫ',
    '葛󠄀',
    'がぎぐ',
    'Ｒ홀',
    'Beyoncé',
    'Đặng Thị Ánh',
    'Ǻ',
    'ﷺ',
    '①',
    'O’Neil',
    '<b>&amp;',
    '⠓⠑⠇⠇⠕',
  ],
];

describe('a line', () => {
  it.each(meaningful)('comes back as it was: %s', (text) => {
    expect(name.parse(text)).toBe(text.normalize('NFC'));
    expect(name.parse(text.normalize('NFD'))).toBe(text.normalize('NFC'));
  });

  it.each(controls)('does not have U+%s, alone or in a name', (_code, character) => {
    for (const text of [`A${character}B`, `가${character}나`, `${character}가`, `가 ${character}`]) {
      if (text.trim().includes(character)) expect([text, refusalOf(name, text)]).toEqual([text, expect.stringMatching(/^Must not have/)]);
    }
    expect(name.safeParse(character).success).toBe(false);
  });

  it.each([
    '',
    '   ',
    '\u3000',
    '\u00a0',
    '\u2800',
    '\u0301\u0302',
    '\ufe0f',
    '\u200b\u200b',
    '👩\u200d\u200d💻',
    'a\ufe0f\ufe0f',
    '🏴\u{e0067}\u{e0062}',
  ])('must have something that can be seen, and nothing else: %j', (text) => {
    expect(name.safeParse(text).success).toBe(false);
  });

  it('is counted in characters', () => {
    expect(name.parse('🍣'.repeat(100))).toHaveLength(200);
    expect(refusalOf(name, '🍣'.repeat(101))).toBe('Must have 1 to 100 characters');
    expect(name.parse('가'.repeat(100).normalize('NFD'))).toBe('가'.repeat(100));
  });

  it('is never anything but composed text without hidden characters', () => {
    const parts = fc.array(fc.oneof(fc.constantFrom(...hidden, ...meaningful), fc.string({ unit: 'binary' })), { maxLength: 8 });
    fc.assert(
      fc.property(parts, (texts) => {
        const parsed = line(1, 1_000).safeParse(texts.join(''));
        if (!parsed.success) return;
        expect(parsed.data).toBe(texts.join('').normalize('NFC').trim());
        expect(parsed.data).toMatch(/[\p{L}\p{N}\p{P}\p{S}\p{Co}\p{Cn}]/u);
        expect(parsed.data).not.toMatch(/[\u200b\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\u3164\u115f\u1160\uffa0\p{Cc}\p{Cs}]/u);
        // Whoever sends an answer back is understood the same way.
        expect(line(1, 1_000).parse(parsed.data)).toBe(parsed.data);
      }),
    );
  });

  it('takes what has a meaning beside anything that can be seen', () => {
    const words = fc.array(fc.constantFrom(...meaningful), { minLength: 1, maxLength: 6 });
    fc.assert(fc.property(words, (texts) => expect(line(1, 1_000).parse(texts.join(' '))).toBe(texts.join(' ').normalize('NFC'))));
  });
});

describe('paragraphs', () => {
  it('may have several lines, or nothing', () => {
    expect(paragraphs(50).parse(' 1\r\n2\n\t3\u20284 ')).toBe('1\r\n2\n\t3\u20284');
    expect(paragraphs(50).parse('  ')).toBe('');
  });

  it.each(['a\0', 'a\u000bb', 'a\u202eb', 'a\n\u200b\nb', '\u3164'])('have nothing hidden: %j', (text) => {
    expect(paragraphs(50).safeParse(text).success).toBe(false);
  });
});

describe('words to search for', () => {
  it.each([
    ['\u202e아이유\u200b', '아이유'],
    ['I\u00adU', 'IU'],
    ['ᄋ\u200bᅡ', '아'],
    ['👩‍💻 می‌خواهم', '👩‍💻 می‌خواهم'],
  ])('%j are %j', (typed, meant) => {
    expect(searched(20).parse(typed)).toBe(meant);
  });

  it.each(['', ' ', '\u200b', '\u202e \u3164', 'a\0', '\ud800', 'a'.repeat(21)])('are not %j', (typed) => {
    expect(searched(20).safeParse(typed).success).toBe(false);
  });
});

describe('a secret', () => {
  it('has its length in composed form, and is passed on as it was typed', () => {
    expect(secret(8, 12).safeParse('éééé'.normalize('NFD')).success).toBe(false);
    const typed = '비밀번호비밀번호비밀번호'.normalize('NFD');
    expect(secret(8, 12).parse(typed)).toBe(typed);
    expect(secret(1, 8).parse('  a\u200b ')).toBe('  a\u200b ');
  });
});

describe('an e-mail address', () => {
  it.each([' fan@example.com', 'fan@example.com \n', '\u00a0me@예제.한국\u3000'])('may have blanks around it: %j', (typed) => {
    expect(emailAddress.parse(typed)).toBe(typed.trim());
  });

  it.each(['', 'fan', 'fan@', '@example.com', 'fan@@example.com', 'fan @example.com', 'fan@exa mple.com', 'a\u200bb@example.com'])(
    'is not %j',
    (typed) => {
      expect(refusalOf(emailAddress, typed)).toBe('Must be an e-mail address');
    },
  );
});
