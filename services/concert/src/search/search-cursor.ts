import { type Refusal, refuse } from '@ticketing/common/refusal';
import { z } from 'zod';

const cursor = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('date'), on: z.iso.date(), id: z.uuid(), floor: z.number().optional() }),
  z.strictObject({ by: z.literal('relevance'), score: z.number(), on: z.iso.date(), id: z.uuid(), floor: z.number().optional() }),
]);

/**
 * The last item of a page and the order that the list is in; the next page begins after it. `floor` is the score
 * under which the list has no items.
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
