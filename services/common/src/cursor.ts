import { validate } from 'uuid';

/** An opaque cursor behind the item with this id, for lists that are ordered by id. */
export function encodeIdCursor(id: string): string {
  return Buffer.from(id).toString('base64url');
}

/** The id in a cursor; undefined for a malformed cursor. */
export function decodeIdCursor(cursor: string): string | undefined {
  const id = Buffer.from(cursor, 'base64url').toString();
  return validate(id) ? id : undefined;
}
