import { type Refusal, refuse } from '@ticketing/common/refusal';
import { z } from 'zod';
import { searchWays } from './search-way.ts';

const position = { on: z.iso.date(), id: z.uuid(), way: z.enum(searchWays).optional(), floor: z.number().optional() };
const cursor = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('date'), ...position }),
  z.strictObject({ by: z.literal('relevance'), score: z.number(), ...position }),
]);

/**
 * The last item of a page and the order that the list is in; the next page begins after it. `way` is how the index looked for words,
 * `floor` the score under which the list has no items.
 */
export type SearchCursor = z.infer<typeof cursor>;

/** The cursor as clients carry it: opaque, safe in a URL. */
export function encodeCursor(position: SearchCursor): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Undefined for the first page. Refuses with `invalid-cursor` what was not made by encodeCursor. */
export function decodeCursor(text: string): SearchCursor | Refusal | undefined {
  if (text === '') return undefined;
  try {
    return cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch {
    return refuse('invalid-cursor', 'The cursor is not one that an earlier page named.');
  }
}
