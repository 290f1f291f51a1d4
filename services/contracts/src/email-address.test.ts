import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalEmail, shownEmail } from './email-address.ts';
import { limits } from './limits.ts';

describe('canonicalEmail', () => {
  it.each([
    ['Fan@Example.COM', 'fan@example.com'],
    ['  fan@example.com\t', 'fan@example.com'],
    ["o'neil+1.a_b-c@mail.example.co.kr", "o'neil+1.a_b-c@mail.example.co.kr"],
    ['me@예제.한국', 'me@xn--2j5b21b.xn--3e0b707e'],
    ['ME@예제.한국'.normalize('NFD'), 'me@xn--2j5b21b.xn--3e0b707e'],
    ['me@XN--2J5B21B.xn--3e0b707e', 'me@xn--2j5b21b.xn--3e0b707e'],
    ['me@BÜCHER.example', 'me@xn--bcher-kva.example'],
    ['me@ｅｘａｍｐｌｅ.com', 'me@example.com'],
    ['나@예제.한국', '나@xn--2j5b21b.xn--3e0b707e'],
    ['É@example.com'.normalize('NFD'), 'é@example.com'],
    ['نام@نامه‌ای.com', 'نام@xn--mgba3gch31f060k.com'],
    ['उपयोगकर्ता@उदाहरण.कॉम', 'उपयोगकर्ता@xn--p1b6ci4b4b3a.xn--11b4c3d'],
  ])('keeps %s as %s', (written, kept) => {
    expect(canonicalEmail(written)).toBe(kept);
  });

  it.each([
    ...[
      '',
      ' ',
      '@',
      'a',
      'a@',
      '@b.co',
      'a@b',
      'a@b..co',
      'a@.co',
      'a@b.c',
      'a@b.co.',
      'a b@c.co',
      'a@b c.co',
      '.a@b.co',
      'a.@b.co',
      'a..b@c.co',
    ],
    ...[
      'a@-b.co',
      'a@1.2.3.4',
      'a@[::1]',
      'a@b_c.co',
      'a@b.c0',
      'a@ex%61mple.com',
      'a@b/c.co',
      'a@b.co:25',
      'a@b#.co',
      'a@b@c.co',
      '"a"@b.co',
    ],
    ...[
      'a\0@b.co',
      'a\u200b@b.co',
      'a\u3164@b.co',
      'a@b\u200c.co',
      'a@b\u00ad.co',
      '\u202ea@b.co',
      'a\n@b.co',
      'a,b@c.co',
      '<a@b.co>',
      'a;@b.co',
    ],
    ...['🍣@example.com', `${'a'.repeat(250)}@b.co`, `${'가'.repeat(100)}@b.co`],
  ])('refuses %j', (written) => {
    expect(canonicalEmail(written)).toBeUndefined();
  });

  it('tells apart what looks different', () => {
    const different = [
      'cafe@example.com',
      'café@example.com',
      'ハハ@example.com',
      'パパ@example.com',
      'ａ@example.com',
      'a@example.com',
      'a@exämple.com',
    ];
    expect(new Set(different.map(canonicalEmail)).size).toBe(different.length);
  });

  it('is the same for every way to write an address, and for the way it is shown', () => {
    const local = fc.stringMatching(/^[a-zA-Z0-9가-힣éÄßΣİ]{1,12}$/u);
    const domain = fc.stringMatching(/^[a-zA-Z0-9가-힣äöüß]{1,12}\.(com|한국|example)$/u);
    fc.assert(
      fc.property(local, domain, fc.constantFrom('', ' ', '\t', '\u3000'), (before, after, blank) => {
        const kept = canonicalEmail(`${before}@${after}`);
        if (kept === undefined) return;
        expect(canonicalEmail(`${blank}${before.normalize('NFD')}@${after.normalize('NFD')}${blank}`)).toBe(kept);
        expect(canonicalEmail(kept)).toBe(kept);
        expect(canonicalEmail(shownEmail(kept))).toBe(kept);
        expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(limits.email);
      }),
    );
  });
});

describe('shownEmail', () => {
  it.each([
    ['fan@example.com', 'fan@example.com'],
    ['me@xn--2j5b21b.xn--3e0b707e', 'me@예제.한국'],
  ])('shows %s as %s', (kept, shown) => {
    expect(shownEmail(kept)).toBe(shown);
  });
});
