import { describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { createTransferTokens, hashToken } from './transfer-tokens.ts';

const secretWith = (...keys: string[]) =>
  JSON.stringify({ keys: keys.map((d) => ({ kty: 'OKP', d: Buffer.from(d).toString('base64url') })) });
const tokens = createTransferTokens(secretWith('old'));

describe('a token', () => {
  it('has 256 bits, and is another one for each transfer', () => {
    const made = Array.from({ length: 50 }, () => tokens.make(newId()));
    expect(new Set(made).size).toBe(50);
    for (const token of made) expect(token).toMatch(/^[\w-]{43}$/);
  });

  it('is made again for its transfer, also by a key that is on its way out', () => {
    const id = newId();
    const token = tokens.make(id);
    expect(tokens.again(id, hashToken(token))).toBe(token);
    const rotated = createTransferTokens(secretWith('new', 'old'));
    expect([rotated.again(id, hashToken(token)), rotated.make(id) === token]).toEqual([token, false]);
    expect(createTransferTokens(secretWith('new')).again(id, hashToken(token))).toBeUndefined();
  });

  it('is told by no other transfer', () => {
    const [one, other] = [newId(), newId()];
    expect(tokens.again(other, hashToken(tokens.make(one)))).toBeUndefined();
  });
});
