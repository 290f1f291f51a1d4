import { createHash } from 'node:crypto';
import { type Refusal, refuse } from '@ticketing/common/refusal';
import { z } from 'zod';
import { searchWays } from './search-way.ts';

const position = { on: z.iso.date(), id: z.uuid(), way: z.enum(searchWays).optional(), floor: z.number().optional() };
export const cursor = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('date'), ...position }),
  z.strictObject({ by: z.literal('relevance'), score: z.number(), ...position }),
]);

/**
 * The last item of a page and the order that the list is in; the next page begins after it. `way` is how the index looked for words,
 * `floor` the score under which the list has no items.
 */
export type SearchCursor = z.infer<typeof cursor>;

const sealed = z.strictObject({ list: z.string(), position: cursor });

/** The cursor as clients carry it: opaque, safe in a URL. @param list what was asked for, which tells the list from others */
export function encodeCursor(position: SearchCursor, list: readonly string[]): string {
  return Buffer.from(JSON.stringify({ list: nameOf(list), position })).toString('base64url');
}

/** Undefined for the first page. Refuses with `invalid-cursor` what encodeCursor did not make, or made for another list. */
export function decodeCursor(text: string, list: readonly string[]): SearchCursor | Refusal | undefined {
  if (text === '') return undefined;
  try {
    const found = sealed.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    if (found.list === nameOf(list)) return found.position;
  } catch {
    return refuse('invalid-cursor', 'The cursor is not one that an earlier page named.');
  }
  return refuse('invalid-cursor', 'The cursor is from a page of another search.');
}

function nameOf(list: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 16);
}
