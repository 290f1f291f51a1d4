import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { decodeCursor, encodeCursor, type SearchCursor } from './search-cursor.ts';

const id = '019b2d7c-5a00-7abc-8def-0123456789ab';
const list = ['jazz', '서울'];
const first: SearchCursor = { by: 'date', on: '2027-02-28', id };
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const forged = (position: unknown): string => {
  const made: unknown = JSON.parse(Buffer.from(encodeCursor(first, list), 'base64url').toString());
  return encode(Object.assign(z.object({ list: z.string() }).parse(made), { position }));
};

describe('search cursor', () => {
  it.each<SearchCursor>([first, { by: 'relevance', score: 12.345_678, on: '2027-02-28', id, floor: 1 }])(
    'comes back as it was: $by',
    (cursor) => {
      const text = encodeCursor(cursor, list);
      expect(text).toMatch(/^[\w-]+$/);
      expect(decodeCursor(text, list)).toEqual(cursor);
    },
  );

  it('is absent on the first page', () => {
    expect(decodeCursor('', list)).toBeUndefined();
  });

  it('belongs to one list', () => {
    const text = encodeCursor(first, list);
    for (const other of [['jazz', '부산'], ['서울', 'jazz'], ['jazz'], ['jazz서울', '']]) {
      expect(decodeCursor(text, other)).toMatchObject({ kind: 'refused', code: 'invalid-cursor' });
    }
  });

  it.each([
    ['noise', 'no cursor at all'],
    ['JSON that is no object', encode(7)],
    ['a position without its list', encode(first)],
    ['an unknown order', forged({ ...first, by: 'price' })],
    ['an id that is none', forged({ ...first, id: "1' OR '1'='1" })],
    ['a date that does not exist', forged({ ...first, on: '2027-02-30' })],
    ['a score that is text', forged({ ...first, by: 'relevance', score: '1' })],
    ['more than it should have', forged({ ...first, limit: 9 })],
  ])('refuses %s', (_what, text) => {
    expect(decodeCursor(text, list)).toMatchObject({ kind: 'refused', code: 'invalid-cursor' });
  });

  it('takes a good position in the same form', () => {
    expect(decodeCursor(forged(first), list)).toEqual(first);
  });
});
