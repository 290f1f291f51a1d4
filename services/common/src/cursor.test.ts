import { describe, expect, it } from '@jest/globals';
import { decodeIdCursor, encodeIdCursor } from './cursor.ts';
import { newId } from './database.ts';

describe('id cursor', () => {
  it('gives back the id', () => {
    const id = newId();
    expect(decodeIdCursor(encodeIdCursor(id))).toBe(id);
    expect(encodeIdCursor(id)).toMatch(/^[\w-]+$/);
  });

  it.each(['', 'x', '!!', encodeIdCursor('1; DROP TABLE users'), encodeIdCursor(`${newId()} `), newId()])(
    'takes no foreign one: %s',
    (cursor) => {
      expect(decodeIdCursor(cursor)).toBeUndefined();
    },
  );
});
