import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeBase45, encodeBase45 } from './base45.ts';

describe('base45', () => {
  // The examples of RFC 9285, sections 4.3 and 4.4.
  it.each([
    ['AB', 'BB8'],
    ['Hello!!', '%69 VD92EX0'],
    ['base-45', 'UJCLQE7W581'],
    ['ietf!', 'QED8WEX0'],
    ['', ''],
  ])('writes %j as %j', (text, encoded) => {
    expect(encodeBase45(Buffer.from(text))).toBe(encoded);
    expect(Buffer.from(decodeBase45(encoded) ?? []).toString()).toBe(text);
  });

  it('gives all bytes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = encodeBase45(bytes);
        expect(text).toMatch(/^[0-9A-Z $%*+\-./:]*$/);
        expect(text).toHaveLength(Math.floor(bytes.length / 2) * 3 + (bytes.length % 2) * 2);
        expect(decodeBase45(text)).toEqual(bytes);
      }),
    );
  });

  it.each(['A', 'BB8A', 'bb8', 'B😀8', ':::', 'GGW', '::', '6U5'])('does not take %j', (text) => {
    const bytes = decodeBase45(text);
    // What is taken is what is written for it.
    if (bytes) expect(encodeBase45(bytes)).toBe(text);
    else expect(bytes).toBeUndefined();
  });
});
