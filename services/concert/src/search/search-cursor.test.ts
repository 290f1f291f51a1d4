import { describe, expect, it } from '@jest/globals';
import { decodeCursor, encodeCursor, type SearchCursor } from './search-cursor.ts';

const id = '019b2d7c-5a00-7abc-8def-0123456789ab';
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('search cursor', () => {
  it.each<SearchCursor>([
    { by: 'date', on: '2027-02-28', id },
    { by: 'relevance', score: 12.345_678, on: '2027-02-28', id, floor: 1 },
  ])('comes back as it was: $by', (cursor) => {
    const text = encodeCursor(cursor);
    expect(text).toMatch(/^[\w-]+$/);
    expect(decodeCursor(text)).toEqual(cursor);
  });

  it('is absent on the first page', () => {
    expect(decodeCursor('')).toBeUndefined();
  });

  it.each([
    ['noise', 'no cursor at all'],
    ['JSON that is no object', encode(7)],
    ['an unknown order', encode({ by: 'price', id })],
    ['an id that is none', encode({ by: 'date', on: '2027-02-28', id: "1' OR '1'='1" })],
    ['a date that does not exist', encode({ by: 'date', on: '2027-02-30', id })],
    ['a score that is text', encode({ by: 'relevance', score: '1', id })],
    ['more than it should have', encode({ by: 'relevance', score: 1, id, limit: 9 })],
  ])('refuses %s', (_what, text) => {
    expect(decodeCursor(text)).toMatchObject({ kind: 'refused', code: 'invalid-cursor' });
  });
});
